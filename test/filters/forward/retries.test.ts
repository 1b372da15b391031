import { describe, expect, test } from 'vitest'
import { answerText } from '../wire/http-text.ts'
import { TRANSPORTS } from '../wire/wire-proxy.ts'
import { ForwardProxy, type ForwardProxyOptions } from './forward-proxy.ts'

const BUSY = { status: '503 Service Unavailable' }

describe.each(TRANSPORTS)('forward over $transport', ({ hasOnlyStreams }) => {
  const start = (options: ForwardProxyOptions = {}): Promise<ForwardProxy> =>
    ForwardProxy.start({ hasOnlyStreams, ...options })

  test('sends a request to the next target when the first refuses connections', async () => {
    const proxy = await start({ listening: [9002] })
    const client = await proxy.send('POST /1', { body: 'hello' })
    expect(proxy.heard()).toEqual(['9002 POST /1'])
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
    expect(proxy.service.outcomes).toEqual(['9001 connect-failed', '9002 200'])
  })

  test('goes on to every target before it gives up', async () => {
    const proxy = await start({ listening: [9003], retry: { attempts: 2 } })
    const client = await proxy.send('GET /1')
    await proxy.says(9003, answerText('third'))
    expect(client.take()).toBe(answerText('third'))
    expect(proxy.service.outcomes).toEqual(['9001 connect-failed', '9002 connect-failed', '9003 200'])
  })

  test('tries no more often than it may, and answers with the last failure', async () => {
    const proxy = await start({ listening: [9003], retry: { attempts: 1 } })
    const client = await proxy.send('GET /1')
    expect(client.take()).toMatch(/^HTTP\/1\.1 502 Connection Refused\r\n/)
    expect(proxy.service.outcomes).toEqual(['9001 connect-failed', '9002 connect-failed'])
    expect(proxy.accepted).toEqual([0, 0, 0])
    expect(proxy.wire.log.messages('warn')).toEqual([expect.stringContaining('Answering 502')])
  })

  test('goes to a target a second time only when all others were tried, and a little later', async () => {
    const proxy = await start({ listening: [9001], targetCount: 2, retry: { attempts: 2 } })
    const client = await proxy.send('GET /1')
    await proxy.resets(9001)
    expect(proxy.service.outcomes).toEqual(['9001 reset', '9002 connect-failed'])
    expect(proxy.accepted).toEqual([1, 0, 0])
    await proxy.advance(25)
    expect(proxy.accepted).toEqual([2, 0, 0])
    await proxy.says(9001, answerText('again'))
    expect(client.take()).toBe(answerText('again'))
  })

  test('sends an idempotent request again when its connection is reset before the answer', async () => {
    const proxy = await start()
    const client = await proxy.send('PUT /1', { body: 'hello' })
    expect(proxy.heard()).toEqual(['9001 PUT /1'])
    await proxy.resets(9001)
    expect(proxy.at(9002).take()).toMatch(/^PUT \/1 [^]*\r\n\r\nhello$/)
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
    expect(proxy.service.outcomes).toEqual(['9001 reset', '9002 200'])
  })

  test('does not send a POST again of which a target may have got something', async () => {
    const proxy = await start()
    const client = await proxy.send('POST /1', { body: 'hello' })
    await proxy.resets(9001)
    expect(client.take()).toMatch(/^HTTP\/1\.1 502 /)
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('sends a POST again where the service says that it may be', async () => {
    const proxy = await start({ retry: { methods: ['GET', 'POST'] } })
    const client = await proxy.send('POST /1', { body: 'hello' })
    await proxy.resets(9001)
    expect(proxy.at(9002).take()).toMatch(/\r\n\r\nhello$/)
    await proxy.says(9002, answerText('done'))
    expect(client.take()).toBe(answerText('done'))
  })

  test('does not try again for a reason that is not among those of the service', async () => {
    const proxy = await start({ retry: { on: ['connect-failure'] } })
    const client = await proxy.send('GET /1')
    await proxy.resets(9001)
    expect(client.take()).toMatch(/^HTTP\/1\.1 502 /)
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('breaks off an answer that was cut inside, and sends nothing again', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /1')
    await proxy.says(9001, answerText('hello').slice(0, -2))
    await proxy.resets(9001)
    expect(client.take()).toBe(answerText('hello').slice(0, -2))
    expect(client.state).toBe('cut')
    expect(proxy.accepted).toEqual([1, 0, 0])
    expect(proxy.service.outcomes).toEqual(['9001 reset'])
  })

  test('leaves an answer alone whose status is none to try again for', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /1')
    await proxy.says(9001, answerText('busy', BUSY))
    expect(client.take()).toBe(answerText('busy', BUSY))
    expect(proxy.service.outcomes).toEqual(['9001 503'])
  })

  describe('that tries again when the answer is 503', () => {
    const on = [503]

    test('gives the client the answer of another target, and none of the first', async () => {
      const proxy = await start({ retry: { on } })
      const client = await proxy.send('GET /1')
      await proxy.says(9001, answerText('busy', BUSY))
      expect(client.take()).toBe('')
      await proxy.says(9002, answerText('free'))
      expect(client.take()).toBe(answerText('free'))
      expect(proxy.service.outcomes).toEqual(['9001 503', '9002 200'])
    })

    test('reads the rest of the answer and uses its connection again', async () => {
      const proxy = await start({ retry: { on }, targetCount: 2 })
      const client = await proxy.send('GET /1')
      await proxy.says(9001, answerText('busy', BUSY).slice(0, -1))
      await proxy.says(9002, answerText('free'))
      expect(client.take()).toBe(answerText('free'))
      await proxy.says(9001, 'y')
      client.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
      await proxy.settle()
      expect(proxy.heard()).toEqual(['9001 GET /1', '9001 GET /2', '9002 GET /1'])
      expect(proxy.accepted).toEqual([1, 1, 0])
    })

    test('uses no connection again whose answer is not over', async () => {
      const proxy = await start({ retry: { on }, targetCount: 2 })
      const client = await proxy.send('GET /1')
      await proxy.says(9001, answerText('busy', BUSY).slice(0, -1))
      await proxy.says(9002, answerText('free'))
      client.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
      await proxy.settle()
      expect(proxy.accepted).toEqual([2, 1, 0])
      await proxy.says(9001, answerText('two'))
      expect(client.take()).toBe(answerText('free') + answerText('two'))
    })

    test('cuts the connection of an answer that is too long to be read for nothing', async () => {
      const proxy = await start({ retry: { on } })
      await proxy.send('GET /1')
      await proxy.says(9001, `HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n`)
      expect(proxy.at(9001).state).not.toBe('open')
      await proxy.says(9002, answerText('free'))
    })

    test('cuts it as well when the length shows only while it comes', async () => {
      const proxy = await start({ retry: { on } })
      await proxy.send('GET /1')
      await proxy.says(9001, `HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n`)
      expect(proxy.at(9001).state).toBe('open')
      for (let i = 0; i < 10; i++) await proxy.says(9001, `2000\r\n${'x'.repeat(0x2000)}\r\n`)
      expect(proxy.at(9001).state).not.toBe('open')
      expect(proxy.service.outcomes).toEqual(['9001 503'])
    })

    test('gives the client the last answer when there is no try left', async () => {
      const proxy = await start({ retry: { on, attempts: 1 } })
      const client = await proxy.send('GET /1')
      await proxy.says(9001, answerText('one', BUSY))
      await proxy.says(9002, answerText('two', BUSY))
      expect(client.take()).toBe(answerText('two', BUSY))
      expect(proxy.accepted).toEqual([1, 1, 0])
    })

    test('gives the client the answer to a POST, which may not be sent twice', async () => {
      const proxy = await start({ retry: { on } })
      const client = await proxy.send('POST /1', { body: 'hello' })
      await proxy.says(9001, answerText('busy', BUSY))
      expect(client.take()).toBe(answerText('busy', BUSY))
      expect(proxy.accepted).toEqual([1, 0, 0])
    })

    test('waits as long as Retry-After says before it goes to the same target again', async () => {
      const proxy = await start({ retry: { on }, targetCount: 1 })
      const client = await proxy.send('GET /1')
      await proxy.says(9001, answerText('busy', { ...BUSY, headers: 'Retry-After: 1\r\n' }))
      await proxy.advance(999)
      expect(proxy.heard()).toEqual(['9001 GET /1'])
      await proxy.advance(1)
      expect(proxy.heard()).toEqual(['9001 GET /1'])
      await proxy.says(9001, answerText('free'))
      expect(client.take()).toBe(answerText('free'))
    })

    test('waits for a second that arithmetic makes a little longer', async () => {
      const proxy = await start({ retry: { on }, targetCount: 1 })
      // 271.11 + 1000 - 271.11 is 1000.0000000000001.
      await proxy.advance(271.11)
      await proxy.send('GET /1')
      proxy.heard()
      await proxy.says(9001, answerText('busy', { ...BUSY, headers: 'Retry-After: 1\r\n' }))
      await proxy.advance(1000)
      expect(proxy.heard()).toEqual(['9001 GET /1'])
    })

    test('reads a date in Retry-After by the date of the answer', async () => {
      const proxy = await start({ retry: { on }, targetCount: 1 })
      await proxy.send('GET /1')
      const headers = 'Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:38 GMT\r\n'
      await proxy.says(9001, answerText('busy', { ...BUSY, headers }))
      proxy.heard()
      await proxy.advance(999)
      expect(proxy.heard()).toEqual([])
      await proxy.advance(1)
      expect(proxy.heard()).toEqual(['9001 GET /1'])
    })

    test('goes to another target at once, whatever Retry-After says', async () => {
      const proxy = await start({ retry: { on } })
      await proxy.send('GET /1')
      await proxy.says(9001, answerText('busy', { ...BUSY, headers: 'Retry-After: 100\r\n' }))
      expect(proxy.heard()).toEqual(['9001 GET /1', '9002 GET /1'])
    })

    test('gives the client an answer whose Retry-After is too long to be waited for', async () => {
      const proxy = await start({ retry: { on }, targetCount: 1 })
      const client = await proxy.send('GET /1')
      const answer = answerText('busy', { ...BUSY, headers: 'Retry-After: 30\r\n' })
      await proxy.says(9001, answer)
      expect(client.take()).toBe(answer)
    })

    test('does not care for Retry-After where it need not', async () => {
      const proxy = await start({ retry: { on, respectRetryAfter: false }, targetCount: 1 })
      await proxy.send('GET /1')
      await proxy.says(9001, answerText('busy', { ...BUSY, headers: 'Retry-After: 30\r\n' }))
      proxy.heard()
      await proxy.advance(25)
      expect(proxy.heard()).toEqual(['9001 GET /1'])
    })
  })

  test('says in a field how often the request was tried', async () => {
    const proxy = await start({ retry: { on: [503], attemptHeader: 'X-Attempt' } })
    await proxy.send('GET /1', { headers: 'X-Attempt: 9\r\n' })
    expect(proxy.at(9001).take()).toMatch(/\r\nx-attempt: 1\r\n/i)
    await proxy.says(9001, answerText('', BUSY))
    const second = proxy.at(9002).take()
    expect(second).toMatch(/\r\nx-attempt: 2\r\n/i)
    expect(second.match(/x-attempt/gi)).toHaveLength(1)
  })

  test('stops trying when the client is gone', async () => {
    const proxy = await start({ listening: [9001], targetCount: 1, retry: { attempts: 5 } })
    const client = await proxy.send('GET /1')
    await proxy.resets(9001)
    client.abort()
    await proxy.advance(10_000)
    expect(proxy.accepted).toEqual([1, 0, 0])
    expect(proxy.service.outcomes).toEqual(['9001 reset'])
  })

  test('says nothing of a target whose client has left', async () => {
    const proxy = await start()
    const client = await proxy.send('GET /1')
    client.abort()
    await proxy.settle()
    expect(proxy.service.outcomes).toEqual(['9001 aborted'])
    expect(proxy.at(9001).state).not.toBe('open')
    expect(proxy.target(9001).active).toBe(0)
    expect(proxy.accepted).toEqual([1, 0, 0])
  })

  test('spends no more on tries than the budget of the service', async () => {
    const proxy = await start({ retry: { attempts: 3, budget: { share: 0, minPerSecond: 1 } }, listening: [] })
    await proxy.send('GET /1')
    const tried = proxy.service.outcomes.length
    await proxy.send('GET /2')
    expect([tried, proxy.service.outcomes.length - tried]).toEqual([2, 1])
  })
})
