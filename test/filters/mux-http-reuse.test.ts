import { describe, expect, test } from 'vitest'
import { answerText, requestText } from './wire/http-text.ts'
import { type MuxProxyOptions, startMuxProxy } from './wire/mux-proxy.ts'
import type { WireEnd } from './wire/wire-end.ts'
import { TRANSPORTS, type WireProxy } from './wire/wire-proxy.ts'

const get = (path: string): string => requestText(`GET ${path}`, { headers: 'key: k\r\n' })
const withBody = (method: string, path: string, body = 'hello'): string =>
  requestText(`${method} ${path}`, { headers: 'key: k\r\n', body })

describe.each(TRANSPORTS)('muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const start = (options: Omit<MuxProxyOptions, 'hasOnlyStreams'> = {}): Promise<WireProxy> =>
    startMuxProxy({ hasOnlyStreams, ...options })

  /** A proxy with one idle upstream connection. */
  async function startIdle(
    options: Omit<MuxProxyOptions, 'hasOnlyStreams'> = {},
  ): Promise<{ proxy: WireProxy; idle: WireEnd }> {
    const proxy = await start(options)
    const client = await proxy.send(get('/warm'))
    proxy.upstream().take()
    proxy.upstream().write(answerText('warm'))
    await proxy.settle()
    client.close()
    await proxy.settle()
    return { proxy, idle: proxy.upstream() }
  }

  /** The upstream gives up the connection as soon as it hears the next request, without a byte of an answer. */
  function breakOnNext(end: WireEnd, how: 'end' | 'abort'): void {
    end.onText = () => end[how]()
  }

  describe('with an idle connection that the upstream has closed', () => {
    test('opens a new one for the next request', async () => {
      const { proxy, idle } = await startIdle()
      idle.end()
      await proxy.settle()
      for (const request of [get('/1'), withBody('POST', '/1')]) {
        const before = proxy.accepted(9000).length
        const client = await proxy.send(request)
        proxy.upstream(before).write(answerText('a', { headers: 'Connection: close\r\n' }))
        await proxy.settle()
        expect(client.take()).toBe(answerText('a'))
      }
    })

    test('does not open a new one before it is needed', async () => {
      const { proxy, idle } = await startIdle()
      idle.abort()
      await proxy.transport.advance(100)
      expect(proxy.accepted(9000)).toHaveLength(1)
    })
  })

  describe('with an idle connection that the upstream closes just as the request is sent', () => {
    describe.each(['end', 'abort'] as const)('(%s)', (how) => {
      test.each(['GET', 'HEAD', 'OPTIONS'])(
        'sends %s again over a new one, and the client sees nothing of it',
        async (method) => {
          const { proxy, idle } = await startIdle()
          breakOnNext(idle, how)
          const request = requestText(`${method} /1`, { headers: 'key: k\r\n' })
          const client = await proxy.send(request)
          expect(client.take()).toBe('')
          expect(proxy.upstream(1).take()).toBe(request)
          proxy.upstream(1).write(method === 'HEAD' ? answerText('') : answerText('a'))
          await proxy.settle()
          expect(client.take()).toBe(method === 'HEAD' ? answerText('') : answerText('a'))
          expect(proxy.log.messages('warn')).toEqual([])
        },
      )

      test.each(['PUT', 'DELETE'])('sends %s again with its body', async (method) => {
        const { proxy, idle } = await startIdle()
        breakOnNext(idle, how)
        const client = await proxy.send(withBody(method, '/1'))
        expect(proxy.upstream(1).take()).toBe(withBody(method, '/1'))
        proxy.upstream(1).write(answerText('a'))
        await proxy.settle()
        expect(client.take()).toBe(answerText('a'))
      })

      test('sends a body that is still coming in again from its beginning', async () => {
        const { proxy, idle } = await startIdle()
        breakOnNext(idle, how)
        const client = await proxy.send(
          'PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
        )
        expect(proxy.upstream(1).take()).toMatch(/\r\n\r\n3\r\nabc\r\n$/)
        client.write('2\r\nde\r\n0\r\nX: y\r\n\r\n')
        await proxy.settle()
        expect(proxy.upstream(1).take()).toBe('2\r\nde\r\n0\r\nx: y\r\n\r\n')
        proxy.upstream(1).write(answerText('a'))
        await proxy.settle()
        expect(client.take()).toBe(answerText('a'))
      })

      test.each(['POST', 'PATCH', 'BREW'])('answers 502 to %s, which may have been acted upon', async (method) => {
        const { proxy, idle } = await startIdle()
        breakOnNext(idle, how)
        const client = await proxy.send(withBody(method, '/1'))
        expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
        expect(proxy.accepted(9000)).toHaveLength(1)
        expect(client.state).toBe('open')
      })

      test('sends it again only once', async () => {
        const { proxy, idle } = await startIdle()
        breakOnNext(idle, how)
        const client = await proxy.send(get('/1'))
        proxy.upstream(1)[how]()
        await proxy.settle()
        expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
        expect(proxy.accepted(9000)).toHaveLength(2)
      })

      test('does not send it again once its answer has begun', async () => {
        const { proxy, idle } = await startIdle()
        idle.onText = () => idle.write('HTTP/1.1 200 OK\r\nContent-Le')[how]()
        const client = await proxy.send(get('/1'))
        // A reset may overtake the bytes before it.
        if (how === 'end') {
          expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
          expect(proxy.accepted(9000)).toHaveLength(1)
        } else {
          expect(proxy.accepted(9000).length).toBeLessThanOrEqual(2)
        }
      })

      test('lets the others wait behind the one that is sent again', async () => {
        const { proxy, idle } = await startIdle()
        breakOnNext(idle, how)
        const first = proxy.connect().write(get('/1'))
        const second = proxy.connect().write(get('/2'))
        await proxy.settle()
        expect(proxy.upstream(1).take()).toBe(get('/1'))
        proxy.upstream(1).write(answerText('a'))
        await proxy.settle()
        expect(proxy.upstream(1).take()).toBe(get('/2'))
        proxy.upstream(1).write(answerText('b'))
        await proxy.settle()
        expect([first.take(), second.take()]).toEqual([answerText('a'), answerText('b')])
        expect(proxy.accepted(9000)).toHaveLength(2)
      })
    })

    test('does not send a body again that is longer than what it keeps', async () => {
      const { proxy, idle } = await startIdle()
      const client = await proxy.send(
        `PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(100_000)}`,
      )
      idle.abort()
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
      expect(proxy.accepted(9000)).toHaveLength(1)
      // The rest is read and dropped: the connection stays usable.
      client.write('x'.repeat(100_000), get('/2'))
      await proxy.settle()
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('b'))
    })

    test('does not send it again over a connection that was new', async () => {
      const proxy = await start()
      const client = await proxy.send(get('/1'))
      proxy.upstream().end()
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 502 /)
      expect(proxy.accepted(9000)).toHaveLength(1)
    })

    test('tells what became of the new connection if that fails', async () => {
      const { proxy, idle } = await startIdle()
      idle.onText = () => {
        proxy.transport.unknownHosts.add('127.0.0.1')
        idle.end()
      }
      const client = await proxy.send(get('/1'))
      expect(client.take()).toMatch(/^HTTP\/1.1 502 Cannot Resolve\r\n/)
    })
  })

  describe('never gives a request what is not its own answer, when the upstream', () => {
    test('sends something over an idle connection: that one is closed', async () => {
      const { proxy, idle } = await startIdle()
      idle.write(answerText('stale'))
      await proxy.settle()
      expect(idle.isEnded).toBe(true)
      const client = await proxy.send(get('/1'))
      proxy.upstream(1).write(answerText('right'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('right'))
    })

    test('sends something over an idle connection in the moment in which it is taken', async () => {
      const { proxy, idle } = await startIdle()
      idle.write('\r\n')
      const client = await proxy.send(get('/1'))
      expect(idle.isEnded).toBe(true)
      proxy.accepted(9000).at(-1)?.write(answerText('right'))
      await proxy.settle()
      expect(client.take()).toMatch(/^HTTP\/1.1 (?:502 Bad Gateway|200 OK)\r\n/)
    })

    test.each([
      ['another answer', answerText('stale')],
      ['half of another answer', 'HTTP/1.1 200 OK\r\nConte'],
      ['an empty line', '\r\n'],
      ['a byte', 'x'],
      ['a NUL', '\0'],
    ])('sends %s behind the answer', async (_, surplus) => {
      const proxy = await start()
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      proxy.upstream().write(answerText('a') + surplus)
      await proxy.settle()
      expect(first.take()).toBe(answerText('a'))
      expect(second.take()).toBe('')
      expect(proxy.upstream(0).isEnded).toBe(true)
      expect(proxy.upstream(1).take()).toBe(get('/2'))
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('b'))
    })

    test.each([
      ['HEAD', '200 OK', requestText('HEAD /1', { headers: 'key: k\r\n' })],
      ['204', '204 No Content', get('/1')],
      ['304', '304 Not Modified', get('/1')],
    ])('sends a body with an answer to %s that has none', async (_, status, request) => {
      const proxy = await start()
      await proxy.send(request)
      const second = await proxy.send(get('/2'))
      proxy
        .upstream()
        .write(`HTTP/1.1 ${status}\r\nContent-Length: 40\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nX`)
      await proxy.settle()
      expect(second.take()).toBe('')
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('b'))
    })

    test('answers before the request is over', async () => {
      const proxy = await start()
      const first = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 5\r\n\r\nhe')
      const second = await proxy.send(get('/2'))
      proxy.upstream().write(answerText('early', { status: '413 Content Too Large' }))
      await proxy.settle()
      expect(first.take()).toBe(answerText('early', { status: '413 Content Too Large' }))
      expect(proxy.upstream(0).isEnded).toBe(true)
      expect(proxy.upstream(1).take()).toBe(get('/2'))
      first.write('llo', get('/3'))
      await proxy.settle()
      expect(proxy.upstream(0).take()).not.toContain('llo')
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('b'))
      expect(proxy.upstream(1).take()).toBe(get('/3'))
    })

    test('begins its answer before the request is over, and ends it afterwards', async () => {
      const proxy = await start()
      const client = await proxy.send('PUT /1 HTTP/1.1\r\nHost: a\r\nkey: k\r\nContent-Length: 5\r\n\r\nhe')
      proxy.upstream().write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
      await proxy.settle()
      client.write('llo')
      await proxy.settle()
      proxy.upstream().write('cd')
      await proxy.settle()
      expect(client.take()).toMatch(/\r\n\r\nabcd$/)
      client.write(get('/2'))
      await proxy.settle()
      expect(proxy.accepted(9000)).toHaveLength(1)
      expect(proxy.upstream().take()).toMatch(/hello.*GET \/2/s)
    })
  })

  describe('uses a connection again', () => {
    test.each([
      ['after an answer of a length', answerText('a')],
      ['after an answer in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'],
      [
        'after an answer in chunks with trailers',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n',
      ],
      ['after 204', 'HTTP/1.1 204 No Content\r\n\r\n'],
      ['after 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
      ['after an error of the upstream', answerText('oops', { status: '500 Internal Server Error' })],
      ['of HTTP/1.0 that stays open', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na'],
    ])('%s', async (_, text) => {
      const proxy = await start()
      await proxy.send(get('/1'))
      proxy.upstream().write(text)
      await proxy.settle()
      await proxy.send(get('/2'))
      expect(proxy.accepted(9000)).toHaveLength(1)
      expect(proxy.upstream().take()).toBe(get('/1') + get('/2'))
    })

    test.each([
      ['that said close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na'],
      ['that said close among others', 'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na'],
      ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na'],
    ])('but not one %s', async (_, text) => {
      const proxy = await start()
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      proxy.upstream().write(text)
      await proxy.settle()
      expect(first.take()).toBe(answerText('a'))
      expect(proxy.upstream(0).isEnded).toBe(true)
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('b'))
    })

    test('but not one whose end told the end of the answer', async () => {
      const proxy = await start()
      const first = await proxy.send(get('/1'))
      const second = await proxy.send(get('/2'))
      proxy.upstream().write('HTTP/1.1 200 OK\r\n\r\nhel', 'lo')
      await proxy.settle()
      proxy.upstream().end()
      await proxy.settle()
      expect(first.take()).toMatch(/^HTTP\/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n[^]*0\r\n\r\n$/)
      expect(first.state).toBe('open')
      proxy.upstream(1).write(answerText('b'))
      await proxy.settle()
      expect(second.take()).toBe(answerText('b'))
    })
  })
})
