import { describe, expect, test } from 'vitest'
import { Message } from '../../src/events.ts'
import { answerText, requestText, wire } from './wire/http-text.ts'
import { startMuxProxy } from './wire/mux-proxy.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

/** Of a muxHTTP that is left as it is. */
const VIA = 'Via: 1.1 sluice'
const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

describe.each(TRANSPORTS)('demuxHTTP and muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const start = (): Promise<WireProxy> => startMuxProxy({ hasOnlyStreams })

  /** What reaches the upstream of a request, and the client of an answer. */
  async function exchange(request: string, answer: string): Promise<{ readonly sent: string; readonly got: string }> {
    const proxy = await start()
    const client = await proxy.send(request)
    const sent = proxy.upstream().take()
    proxy.upstream().write(answer)
    await proxy.settle()
    return { sent, got: client.take() }
  }

  describe('forward a request', () => {
    test('with its headers in their own case and order', async () => {
      const request = wire(
        'GET /b?c=d HTTP/1.1',
        'hOsT: a',
        'X-B: 1',
        'aCCEPT:x',
        'X-A:  two  ',
        'Cookie: a=1',
        'Cookie: b=2',
        '',
      )
      expect((await exchange(request, answerText(''))).sent).toBe(request)
    })

    test('without what belongs to the connection of the client', async () => {
      const request = wire(
        'GET / HTTP/1.1',
        'Host: a',
        'Connection: keep-alive, X-Secret',
        'Keep-Alive: 5',
        'X-Secret: s',
        'TE: trailers',
        'X: y',
        '',
      )
      expect((await exchange(request, answerText(''))).sent).toBe(
        wire('GET / HTTP/1.1', 'Host: a', 'X: y', 'Connection: TE', 'TE: trailers', ''),
      )
    })

    test('with the client close, which is its own affair', async () => {
      const request = wire('GET / HTTP/1.1', 'Host: a', 'Connection: close', '')
      const { sent, got } = await exchange(request, answerText('a'))
      expect(sent).toBe(wire('GET / HTTP/1.1', 'Host: a', ''))
      expect(got).toContain('Connection: close\r\n')
    })

    test('of HTTP/1.0 as HTTP/1.1 with a Host', async () => {
      expect((await exchange('GET / HTTP/1.0\r\n\r\n', answerText(''))).sent).toBe(wire('GET / HTTP/1.1', 'Host: ', ''))
    })

    test('with an absolute target as a path', async () => {
      const request = wire('GET http://a/b HTTP/1.1', 'Host: a', '')
      expect((await exchange(request, answerText(''))).sent).toBe(wire('GET /b HTTP/1.1', 'Host: a', ''))
    })

    test.each([
      ['of a length', requestText('PUT /', { body: 'hello' })],
      ['of length zero', requestText('PUT /', { body: '' })],
      ['in chunks', 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
      [
        'in chunks with trailers',
        'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n',
      ],
      ['with GET', requestText('GET /', { body: 'hello' })],
    ])('with a body %s as it came', async (_, request) => {
      expect((await exchange(request, answerText(''))).sent).toBe(request)
    })

    test('without a body with a length of zero where the method has one', async () => {
      expect((await exchange(requestText('POST /'), answerText(''))).sent).toBe(requestText('POST /', { body: '' }))
      expect((await exchange(requestText('DELETE /'), answerText(''))).sent).toBe(requestText('DELETE /'))
    })

    test('without chunk extensions, and with chunk sizes of its own', async () => {
      const request =
        'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0005;x="\\"0"\r\nhello\r\n000;y\r\n\r\n'
      expect((await exchange(request, answerText(''))).sent).toMatch(/\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/)
    })
  })

  describe('forward an answer', () => {
    test('with its headers in their own case and order', async () => {
      const answer = wire(
        'HTTP/1.1 203 So To Say',
        'sEt-cOOkie: a',
        'X-B: 1',
        'Set-Cookie: b',
        'Date: now',
        'Server: s',
        'Content-Length: 0',
        '',
      )
      expect((await exchange(requestText('GET /'), answer)).got).toBe(answer)
    })

    test('without what belongs to the connection of the upstream', async () => {
      const answer = wire(
        'HTTP/1.1 200 OK',
        'Connection: keep-alive, X-Secret',
        'Keep-Alive: 5',
        'X-Secret: s',
        'Content-Length: 1',
        '',
      )
      expect((await exchange(requestText('GET /'), `${answer}a`)).got).toBe(
        `${wire('HTTP/1.1 200 OK', 'Content-Length: 1', '')}a`,
      )
    })

    test.each([
      ['of a length', answerText('hello')],
      ['in chunks', `${CHUNKED_HEAD}5\r\nhello\r\n0\r\n\r\n`],
      ['in chunks with trailers', `${CHUNKED_HEAD}5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n`],
      ['of nothing', 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n'],
      ['that was not modified', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 500\r\n\r\n'],
      ['with an empty reason', 'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n'],
      ['with bytes beyond ASCII', 'HTTP/1.1 200 Gr\xfc\xdfe\r\nX: \xe9\r\nContent-Length: 2\r\n\r\n\x80\xff'],
    ])('%s as it came', async (_, answer) => {
      expect((await exchange(requestText('GET /'), answer)).got).toBe(answer)
    })

    test('of HTTP/1.0 as HTTP/1.1', async () => {
      const { got } = await exchange(requestText('GET /'), 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na')
      expect(got).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na')
    })

    test('to HEAD with its length or chunks and without a body', async () => {
      for (const line of ['Content-Length: 500\r\n', 'Transfer-Encoding: chunked\r\n', '']) {
        const answer = `HTTP/1.1 200 OK\r\n${line}\r\n`
        const { sent, got } = await exchange(requestText('HEAD /'), answer)
        expect(sent).toBe(requestText('HEAD /'))
        expect(got).toBe(answer)
      }
    })

    test('in chunks to HTTP/1.0 as a body that its end tells', async () => {
      const { got } = await exchange('GET / HTTP/1.0\r\n\r\n', `${CHUNKED_HEAD}5\r\nhello\r\n0\r\nX: y\r\n\r\n`)
      expect(got).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello')
    })

    test('in the pieces in which it comes', async () => {
      const proxy = await start()
      const client = await proxy.send(requestText('GET /'))
      const pieces = ['HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n', 'a', 'bc', 'def']
      for (const piece of pieces) {
        proxy.upstream().write(piece)
        await proxy.settle()
        expect(client.take()).toBe(piece)
      }
    })
  })

  describe('with filters between', () => {
    async function exchangeThrough(
      change: Parameters<typeof WireProxy.start>[0],
      request: string,
      answer: string,
    ): Promise<{ readonly sent: string; readonly got: string }> {
      const proxy = await WireProxy.start(change, { hasOnlyStreams })
      await proxy.listen(9000)
      const client = await proxy.send(request)
      const sent = proxy.accepted(9000).length === 0 ? '' : proxy.upstream().write(answer).take()
      await proxy.settle()
      return { sent, got: client.take() }
    }

    test('forward what a script changed in both heads', async () => {
      const { sent, got } = await exchangeThrough(
        (p) =>
          p.demuxHTTP((r) =>
            r
              .handleMessageStart(({ head }) => {
                head.path = `/prefix${head.path ?? ''}`
                head.headers['x-from'] = 'proxy'
                delete head.headers.cookie
              })
              .muxHTTP((u) => u.connect('127.0.0.1:9000'))
              .handleMessageStart(({ head }) => {
                head.status = 202
                head.headers['set-cookie'] = ['c=1', 'd=2']
              }),
          ),
        wire('GET /b HTTP/1.1', 'Host: a', 'Cookie: x', 'X-Y: z', ''),
        answerText('a', { headers: 'Server: s\r\n' }),
      )
      expect(sent).toBe(wire('GET /prefix/b HTTP/1.1', 'Host: a', 'X-Y: z', 'x-from: proxy', VIA, ''))
      expect(got).toBe(
        `${wire('HTTP/1.1 202 OK', 'Server: s', 'Content-Length: 1', 'set-cookie: c=1', 'set-cookie: d=2', '')}a`,
      )
    })

    test('frame changed bodies anew, both ways', async () => {
      const { sent, got } = await exchangeThrough(
        (p) =>
          p.demuxHTTP((r) =>
            r
              .replaceMessageBody((body) => new Message(`<${body.toString() ?? ''}>`).body)
              .muxHTTP((u) => u.connect('127.0.0.1:9000'))
              .replaceMessageBody((body) => new Message(`[${body.toString() ?? ''}]`).body),
          ),
        requestText('PUT /', { body: 'up' }),
        `${CHUNKED_HEAD}4\r\ndown\r\n0\r\n\r\n`,
      )
      expect(sent).toMatch(/Content-Length: 4\r\nVia: 1.1 sluice\r\n\r\n<up>$/)
      expect(got).toMatch(/^HTTP\/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\[down\]$/)
    })

    test('ask a client that waits with its body for it, since nothing goes out before the changed one is there', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP((r) =>
            r.replaceMessageBody((body) => body).muxHTTP((u) => u.connect('127.0.0.1:9000'), 'key', { via: false }),
          ),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const head = (length: string): string => wire('PUT / HTTP/1.1', 'Host: a', 'Expect: 100-continue', length, '')
      const client = await proxy.send(head('Content-Length: 2'))
      expect(client.take()).toBe(wire('HTTP/1.1 100 Continue', ''))
      expect(proxy.accepted(9000)).toHaveLength(0)
      client.write('ab')
      await proxy.settle()
      expect(proxy.upstream().take()).toBe(`${head('Content-Length: 2')}ab`)
      proxy.upstream().write(wire('HTTP/1.1 100 Continue', ''), answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('a'))
    })

    test('answer HEAD, for which a script asked the upstream for GET, without the body', async () => {
      const { sent, got } = await exchangeThrough(
        (p) =>
          p.demuxHTTP((r) =>
            r.handleMessageStart(({ head }) => void (head.method = 'GET')).muxHTTP((u) => u.connect('127.0.0.1:9000')),
          ),
        requestText('HEAD /'),
        answerText('hello'),
      )
      expect(sent).toBe(requestText('GET /', { headers: `${VIA}\r\n` }))
      expect(got).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
    })

    test.each([
      ['a header that would be two requests', 'x', 'a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a'],
      ['a header name that would be two headers', 'x: y\r\nz', 'a'],
    ])('never send %s to the upstream', async (_, name, value) => {
      const { sent, got } = await exchangeThrough(
        (p) =>
          p.demuxHTTP((r) =>
            r
              .handleMessageStart(({ head }) => void (head.headers[name] = value))
              .muxHTTP((u) => u.connect('127.0.0.1:9000')),
          ),
        requestText('GET /'),
        answerText('a'),
      )
      expect(sent).toBe('')
      expect(got).toMatch(/^HTTP\/1.1 500 /)
    })

    test('answer 502 for a request whose body is not as long as a script said', async () => {
      const { got } = await exchangeThrough(
        (p) =>
          p.demuxHTTP((r) =>
            r
              .handleMessageStart(({ head }) => void (head.headers['content-length'] = '9'))
              .muxHTTP((u) => u.connect('127.0.0.1:9000')),
          ),
        requestText('PUT /', { body: 'hello' }),
        '',
      )
      expect(got).toMatch(/^HTTP\/1.1 502 /)
    })
  })
})
