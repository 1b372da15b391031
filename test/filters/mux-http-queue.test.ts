import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../src/limits.ts'
import { answerText, requestText } from './wire/http-text.ts'
import { type MuxProxyOptions, startMuxProxy } from './wire/mux-proxy.ts'
import { TRANSPORTS, type WireProxy } from './wire/wire-proxy.ts'

const get = (path: string, key = 'k'): string => requestText(`GET ${path}`, { headers: `key: ${key}\r\n` })

describe.each(TRANSPORTS)('muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const start = (options: Omit<MuxProxyOptions, 'hasOnlyStreams'> = {}): Promise<WireProxy> =>
    startMuxProxy({ hasOnlyStreams, ...options })

  /** What the upstream has heard on all its connections since the last time. */
  const heard = (proxy: WireProxy): string[] => proxy.accepted(9000).map((end) => end.take().split(' ', 2)[1] ?? '')

  describe('with one connection per key', () => {
    test('opens it at the first request and uses it for all that follow, of any client', async () => {
      const proxy = await start()
      expect(proxy.accepted(9000)).toHaveLength(0)
      for (let i = 0; i < 5; i++) {
        const client = await proxy.send(get(`/${i}`))
        expect(proxy.upstream().take()).toBe(get(`/${i}`))
        proxy.upstream().write(answerText(`${i}`))
        await proxy.settle()
        expect(client.take()).toBe(answerText(`${i}`))
        if (i % 2 === 0) client.close()
      }
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('opens another one for another key', async () => {
      const proxy = await start()
      const client = await proxy.send(get('/a', 'a'), get('/b', 'b'))
      expect(heard(proxy)).toEqual(['/a', '/b'])
      proxy.upstream(1).write(answerText('b'))
      proxy.upstream(0).write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a') + answerText('b'))
    })

    test('sends one request at a time, the others in the order in which they came', async () => {
      const proxy = await start()
      const clients = []
      for (let i = 0; i < 5; i++) clients.push(await proxy.send(get(`/${i}`)))
      for (let i = 0; i < 5; i++) {
        expect(proxy.upstream().take()).toBe(get(`/${i}`))
        proxy.upstream().write(answerText(`${i}`))
        await proxy.settle()
      }
      expect(clients.map((client) => client.take())).toEqual([0, 1, 2, 3, 4].map((i) => answerText(`${i}`)))
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('does not send the next request before the answer to the last one is complete', async () => {
      const proxy = await start()
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      proxy.upstream().take()
      const answer = answerText('hello')
      proxy.upstream().write(answer.slice(0, -1))
      await proxy.settle()
      expect(first.take()).toBe(answer.slice(0, -1))
      expect(proxy.upstream().take()).toBe('')
      proxy.upstream().write(answer.slice(-1))
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(get('/2'))
      expect(second.take()).toBe('')
    })

    test('keeps the body of a request that waits, and stops reading its client', async () => {
      const proxy = await start()
      await proxy.send(get('/1'))
      const size = 2 * 1024 * 1024
      const waiting = proxy.connect()
      waiting.write(`PUT /2 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: ${size}\r\n\r\n`)
      let written = 0
      while (!waiting.isFull && written < size) {
        waiting.write('x'.repeat(64 * 1024))
        written += 64 * 1024
        await proxy.settle()
      }
      expect(written).toBeLessThan(size / 2)
      const upstream = proxy.upstream()
      const before = upstream.receivedBytes
      upstream.write(answerText('a'))
      await proxy.settle()
      for (; written < size; written += 64 * 1024) waiting.write('x'.repeat(64 * 1024))
      await proxy.settle()
      const head = `PUT /2 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: ${size}\r\n\r\n`
      expect(upstream.receivedBytes - before).toBe(head.length + size)
    })

    test('lets a request that waits and whose client leaves go out of the queue', async () => {
      const proxy = await start()
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      const third = await proxy.send(get('/3'))
      second.abort()
      await proxy.settle()
      proxy.upstream().take()
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(get('/3'))
      proxy.upstream().write(answerText('c'))
      await proxy.settle()
      expect([first.take(), third.take()]).toEqual([answerText('a'), answerText('c')])
    })
  })

  describe('with maxConnections', () => {
    test('opens as many, and lets the rest wait', async () => {
      const proxy = await start({ maxConnections: 2 })
      for (const path of ['/1', '/2', '/3', '/4']) await proxy.send(get(path))
      expect(heard(proxy)).toEqual(['/1', '/2'])
      proxy.upstream(1).write(answerText(''))
      await proxy.settle()
      expect(heard(proxy)).toEqual(['', '/3'])
      proxy.upstream(0).write(answerText(''))
      await proxy.settle()
      expect(heard(proxy)).toEqual(['/4', ''])
    })

    test('uses an idle one before it opens another', async () => {
      const proxy = await start({ maxConnections: 5 })
      await proxy.send(get('/1'))
      proxy.upstream().write(answerText(''))
      await proxy.settle()
      await proxy.send(get('/2'))
      expect(heard(proxy)).toEqual(['/1'])
      expect(proxy.upstream(0).receivedBytes).toBe(get('/1').length + get('/2').length)
    })

    test('opens a new one for who waits when one is lost', async () => {
      const proxy = await start({ maxConnections: 1 })
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      proxy.upstream(0).abort()
      await proxy.settle()
      expect(first.take()).toMatch(/^HTTP\/1.1 502 /)
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('b'))
    })
  })

  describe('with a queue', () => {
    test('that is full answers 503 at once', async () => {
      const proxy = await start({ maxQueue: 2 })
      for (const path of ['/1', '/2', '/3']) await proxy.send(get(path))
      const fourth = await proxy.send(get('/4'))
      expect(fourth.take()).toBe(
        answerText('Service Unavailable\n', {
          status: '503 Service Unavailable',
          headers: 'content-type: text/plain\r\n',
        }),
      )
      expect(fourth.state).toBe('open')
      proxy.upstream().write(answerText(''))
      await proxy.settle()
      fourth.write(get('/5'))
      await proxy.settle()
      expect(fourth.take()).toBe('')
    })

    test('of length 0 takes nobody', async () => {
      const proxy = await start({ maxQueue: 0 })
      await proxy.send(get('/1'))
      expect((await proxy.send(get('/2'))).take()).toMatch(/^HTTP\/1.1 503 /)
    })

    test('answers 503 to who has waited for queueTimeoutMs, and serves who has not', async () => {
      const proxy = await start({ queueTimeoutMs: 1000 })
      await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      await proxy.transport.advance(900)
      const third = await proxy.send(get('/3'))
      await proxy.transport.advance(700)
      expect(second.take()).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n/)
      expect(third.take()).toBe('')
      proxy.upstream().take()
      proxy.upstream().write(answerText(''))
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(get('/3'))
    })

    test('never answers 503 before queueTimeoutMs', async () => {
      const proxy = await start({ queueTimeoutMs: 1000 })
      await proxy.send(get('/1'))
      await proxy.transport.advance(130)
      const second = await proxy.send(get('/2'))
      await proxy.transport.advance(999)
      expect(second.take()).toBe('')
    })

    test('waits for ever when queueTimeoutMs is 0', async () => {
      const proxy = await start({ queueTimeoutMs: 0, responseTimeoutMs: 0, connectOptions: { idleTimeoutMs: 0 } })
      await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      await proxy.transport.advance(1_000_000)
      expect(second.take()).toBe('')
      expect(second.state).toBe('open')
    })

    test('serves the first in the line, also when a thousand wait whose connections fail at once', async () => {
      const proxy = await start({ maxQueue: 5000 })
      const first = await proxy.send(get('/first'))
      const target = 'nowhere'
      const waiting = []
      for (let i = 0; i < 1000; i++)
        waiting.push(proxy.connect().write(requestText(`GET /${i}`, { headers: `key: k\r\ntarget: ${target}\r\n` })))
      await proxy.settle()
      const last = await proxy.send(get('/last'))
      proxy.upstream().abort()
      await proxy.settle()
      expect(first.take()).toMatch(/^HTTP\/1.1 502 /)
      expect(waiting.every((client) => client.take().startsWith('HTTP/1.1 502 Bad Gateway\r\n'))).toBe(true)
      proxy.upstream(1).write(answerText('last'))
      await proxy.settle()
      expect(last.take()).toBe(answerText('last'))
    })
  })

  describe('with idle connections', () => {
    test('closes them after maxIdleMs, and opens a new one when it is needed', async () => {
      const proxy = await start({ maxIdleMs: 1000 })
      await proxy.send(get('/1'))
      proxy.upstream().write(answerText(''))
      await proxy.transport.advance(900)
      expect(proxy.upstream().state).toBe('open')
      await proxy.transport.advance(800)
      expect(proxy.upstream().isEnded).toBe(true)
      const client = await proxy.send(get('/2'))
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('b'))
    })

    test('counts their time anew after each request', async () => {
      const proxy = await start({ maxIdleMs: 1000 })
      for (let i = 0; i < 5; i++) {
        await proxy.send(get('/'))
        proxy.upstream().write(answerText(''))
        await proxy.transport.advance(500)
      }
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('does not count the time of a request', async () => {
      const proxy = await start({ maxIdleMs: 1000 })
      const client = await proxy.send(get('/'))
      await proxy.transport.advance(5000)
      proxy.upstream().write(answerText('late'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('late'))
    })

    test('uses the one that was used last, so that the others can close', async () => {
      const proxy = await start({ maxConnections: 2 })
      await proxy.send(get('/1'))
      await proxy.send(get('/2'))
      heard(proxy)
      proxy.upstream(0).write(answerText(''))
      await proxy.settle()
      proxy.upstream(1).write(answerText(''))
      await proxy.settle()
      await proxy.send(get('/3'))
      expect(heard(proxy)).toEqual(['', '/3'])
    })

    test('closes them when the proxy drains', async () => {
      const proxy = await start()
      const client = await proxy.send(get('/'))
      proxy.upstream().write(answerText(''))
      await proxy.settle()
      client.end()
      const drained = proxy.server.drain()
      await proxy.settle()
      expect(await drained).toBe(true)
      expect(proxy.upstream().isEnded).toBe(true)
      expect(proxy.transport.timerCount).toBe(0)
    })
  })

  describe('by a key', () => {
    test('of no value gives each client connection its own upstream connection, closed with it', async () => {
      const proxy = await start()
      const first = await proxy.send(requestText('GET /1'))
      const second = await proxy.send(requestText('GET /2'))
      expect(heard(proxy)).toEqual(['/1', '/2'])
      proxy.upstream(0).write(answerText('a'))
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      first.write(requestText('GET /3'))
      await proxy.settle()
      expect(heard(proxy)).toEqual(['/3', ''])
      proxy.upstream(0).write(answerText('c'))
      second.close()
      await proxy.settle()
      expect(proxy.upstream(1).isEnded).toBe(true)
      expect(proxy.upstream(0).state).toBe('open')
      first.close()
      await proxy.settle()
      expect(proxy.upstream(0).isEnded).toBe(true)
    })

    test('that is awaited keeps the order of what comes behind it', async () => {
      const keys: ((key: string) => void)[] = []
      const proxy = await start({ key: () => new Promise((resolve) => keys.push(resolve)) })
      const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab')
      client.write('cd')
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(0)
      keys[0]?.('k')
      await proxy.settle()
      expect(proxy.upstream().take()).toBe('PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd')
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
    })

    test('that is awaited in vain because the client leaves opens nothing', async () => {
      const keys: ((key: string) => void)[] = []
      const proxy = await start({ key: () => new Promise((resolve) => keys.push(resolve)) })
      const client = await proxy.send(requestText('GET /1'))
      client.abort()
      await proxy.settle()
      keys[0]?.('k')
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(0)
    })

    test.each([
      [
        'throws',
        () => {
          throw new Error('oops')
        },
      ],
      ['rejects', () => Promise.reject(new Error('oops'))],
    ])('that %s is a 500', async (_, key) => {
      const proxy = await start({ key })
      const client = await proxy.send(requestText('GET /1'))
      expect(client.take()).toMatch(/^HTTP\/1.1 500 /)
      expect(client.state).toBe('open')
      expect(proxy.log.messages('error')).toEqual(['Cannot run the callback of muxHTTP in pipeline "request": oops'])
    })

    test('gives each session its variables as they are when the connection is opened, not when it is used', async () => {
      const proxy = await start()
      await proxy.listen(9001)
      await proxy.send(requestText('GET /1', { headers: 'key: k\r\ntarget: 127.0.0.1:9001\r\n' }))
      proxy.upstream(0, 9001).write(answerText(''))
      await proxy.settle()
      await proxy.send(get('/2'))
      expect(proxy.accepted(9000)).toHaveLength(0)
      expect(proxy.upstream(0, 9001).take()).toContain('/2')
    })
  })

  test('has time and room for what its table of limits says', () => {
    expect(LIMITS).toMatchObject({ maxConnections: 1, maxQueue: 1024, queueTimeoutMs: 30_000, maxIdleMs: 10_000 })
  })
})
