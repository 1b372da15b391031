import { describe, expect, test } from 'vitest'
import { answerText } from '../wire/http-text.ts'
import { TRANSPORTS } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

describe.each(TRANSPORTS)('forward over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions = {}): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  describe('with a time for each try', () => {
    const retry = { on: ['timeout' as const], perTryTimeoutMs: 100 }

    test('asks the next target when the first has not answered by then, and cuts its connection', async () => {
      const proxy = await start({ retry })
      const client = await proxy.send('GET /1')
      await proxy.advance(99)
      expect(proxy.accepted).toEqual([1, 0, 0])
      await proxy.advance(51)
      expect(proxy.accepted).toEqual([1, 1, 0])
      expect(proxy.at(9001).state).not.toBe('open')
      await proxy.says(9002, answerText('done'))
      expect(client.take()).toBe(answerText('done'))
      expect(proxy.service.outcomes).toEqual(['9001 timeout', '9002 200'])
      expect(proxy.service.latenciesMs[0]).toBeGreaterThanOrEqual(100)
    })

    test('answers 504 when no try is left', async () => {
      const proxy = await start({ retry: { ...retry, attempts: 1 } })
      const client = await proxy.send('GET /1')
      await proxy.advance(400)
      expect(client.take()).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/)
      expect(proxy.service.outcomes).toEqual(['9001 timeout', '9002 timeout'])
    })

    test('does not count the time that the client takes to send its request', async () => {
      const proxy = await start({ retry })
      const client = proxy.wire.connect().write('PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na')
      await proxy.advance(1000)
      client.write('b')
      await proxy.advance(99)
      expect(proxy.accepted).toEqual([1, 0, 0])
      await proxy.advance(51)
      expect(proxy.accepted).toEqual([1, 1, 0])
    })

    test('does not count the time that the body of an answer takes', async () => {
      const proxy = await start({ retry })
      const client = await proxy.send('GET /1')
      await proxy.says(9001, answerText('hello').slice(0, -2))
      await proxy.advance(1000)
      await proxy.says(9001, 'lo')
      expect(client.take()).toBe(answerText('hello'))
    })

    test('gives up a POST, of which the target may have got something', async () => {
      const proxy = await start({ retry })
      const client = await proxy.send('POST /1', { body: 'x' })
      await proxy.advance(150)
      expect(client.take()).toMatch(/^HTTP\/1\.1 504 /)
      expect(proxy.accepted).toEqual([1, 0, 0])
    })
  })

  test('counts the time that a request waits for a connection, and lets it wait for another target', async () => {
    const proxy = await start({
      targetCount: 2,
      pool: { maxConnections: 1 },
      retry: { on: ['timeout'], perTryTimeoutMs: 100 },
    })
    const begun = answerText('hello').slice(0, -2)
    await proxy.send('GET /1')
    await proxy.says(9001, begun)
    await proxy.send('GET /2')
    await proxy.says(9002, begun)
    const client = await proxy.send('GET /3')
    proxy.heard()
    await proxy.advance(150)
    expect(proxy.service.outcomes).toEqual(['9001 timeout'])
    await proxy.says(9001, 'lo')
    expect(proxy.heard()).toEqual([])
    await proxy.says(9002, 'lo')
    expect(proxy.heard()).toEqual(['9002 GET /3'])
    await proxy.says(9002, answerText('three'))
    expect(client.take()).toBe(answerText('three'))
    expect(proxy.accepted).toEqual([1, 1, 0])
  })

  test('gives up when the response time of the service is over, and asks another target if it may', async () => {
    const proxy = await start({ timeouts: { responseMs: 200 }, retry: { on: ['timeout'] } })
    const client = await proxy.send('GET /1')
    await proxy.advance(300)
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
    expect(proxy.service.outcomes).toEqual(['9001 timeout', '9002 200'])
  })

  test('breaks off an answer that stands still for the body time of the service', async () => {
    const proxy = await start({ timeouts: { bodyMs: 200 } })
    const client = await proxy.send('GET /1')
    await proxy.says(9001, answerText('hello').slice(0, -2))
    await proxy.advance(300)
    expect(client.state).toBe('cut')
    expect(proxy.service.outcomes).toEqual(['9001 timeout'])
  })

  test('gives up when the time of the whole exchange is over, however many tries are left', async () => {
    const proxy = await start({
      timeouts: { exchangeMs: 250 },
      retry: { on: ['timeout'], perTryTimeoutMs: 100, attempts: 10 },
    })
    const client = await proxy.send('GET /1')
    await proxy.advance(500)
    expect(client.take()).toMatch(/^HTTP\/1\.1 504 /)
    expect(proxy.service.outcomes.length).toBeLessThan(4)
    const tried = proxy.service.outcomes.length
    await proxy.advance(5000)
    expect(proxy.service.outcomes).toHaveLength(tried)
  })

  test('does not begin to wait for another try when the time of the exchange would be over first', async () => {
    const proxy = await start({ targetCount: 1, timeouts: { exchangeMs: 500 }, retry: { on: [503] } })
    const client = await proxy.send('GET /1')
    const answer = answerText('busy', { status: '503 Busy', headers: 'Retry-After: 1\r\n' })
    await proxy.says(9001, answer)
    expect(client.take()).toBe(answer)
  })

  test('gives up on a connection that is not made in the connect time of the service', async () => {
    const proxy = await start({ timeouts: { connectMs: 100 }, targets: ['10.0.0.1:80', '127.0.0.1:9002'] })
    proxy.wire.transport.silentHosts.add('10.0.0.1')
    const client = await proxy.send('POST /1', { body: 'x' })
    await proxy.advance(100)
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
    expect(proxy.service.outcomes[0]).toMatch(/connect-failed$/)
  })

  test('leaves no timer behind', async () => {
    const proxy = await start({ retry: { on: ['timeout'], perTryTimeoutMs: 100 }, pool: { maxIdleMs: 100 } })
    const before = proxy.wire.transport.timerCount
    const client = await proxy.send('GET /1')
    await proxy.says(9001, answerText('done'))
    client.close()
    await proxy.advance(10_000)
    expect(proxy.wire.transport.timerCount).toBe(before)
  })
})
