import { describe, expect, test } from 'vitest'
import { Message, type MessageStart } from '../../src/events.ts'
import { forwardingSite, get, SAID, VIA } from './wire/forwarding-site.ts'
import { answerText, wire } from './wire/http-text.ts'
import { TRANSPORTS, WireProxy } from './wire/wire-proxy.ts'

const ABUSE =
  'x-forwarded-for, via, te, host, content-length, transfer-encoding, cookie, authorization, x-real-ip, max-forwards'

describe.each(TRANSPORTS)('demuxHTTP and muxHTTP over $transport', ({ hasOnlyStreams }) => {
  const { start, exchange } = forwardingSite(hasOnlyStreams)

  describe('take from a request', () => {
    test.each([
      ['one line', [`Connection: ${ABUSE}`]],
      ['one line in capitals without blanks', [`CONNECTION:${ABUSE.toUpperCase().replaceAll(' ', '')}`]],
      ['a line each', ABUSE.split(', ').map((name) => `Connection: \t${name} \t`)],
      ['a line twice', [`Connection: ${ABUSE}`, `connection: ,,${ABUSE},`]],
    ])(
      'what Connection names in %s, but nothing that routes or frames it or says whom it is from',
      async (_, lines) => {
        const fields = [
          'Cookie: a=b',
          'x-forwarded-for: 6.6.6.6',
          'Authorization: Basic YTpi',
          'cookie: c=d',
          'Via: 1.0 fred',
          'X-Real-IP: 6.6.6.6',
          'Max-Forwards: 3',
        ]
        const kept = ['x-forwarded-for: 6.6.6.6', 'Via: 1.0 fred', 'X-Real-IP: 6.6.6.6', 'Max-Forwards: 3']
        for (const all of [
          [...lines, ...fields],
          [...fields, ...lines],
        ]) {
          const { sent } = await exchange(`${wire('PUT / HTTP/1.1', 'Host: a', ...all, 'Content-Length: 2', '')}ab`)
          expect(sent).toBe(`${wire('PUT / HTTP/1.1', 'Host: a', ...kept, 'Content-Length: 2', VIA, '')}ab`)
        }
        const chunked = [...fields, 'Transfer-Encoding: chunked', ...lines]
        const { sent } = await exchange(`${wire('PUT / HTTP/1.1', 'Host: a', ...chunked, '')}2\r\nab\r\n0\r\n\r\n`)
        expect(sent).toBe(
          `${wire('PUT / HTTP/1.1', 'Host: a', ...kept, 'Transfer-Encoding: chunked', VIA, '')}2\r\nab\r\n0\r\n\r\n`,
        )
      },
    )

    test('nothing that the proxy adds, whatever Connection names', async () => {
      const lines = get('Connection: X-Forwarded-For, forwarded', 'Connection: via, x-forwarded-proto,X-FORWARDED-HOST')
      const { sent } = await exchange(lines, answerText(), { forwarded: { style: 'both' } })
      expect(sent).toBe(get(...SAID, 'Forwarded: for=127.0.0.1;host=a;proto=http', VIA))
    })

    test('nothing that a script adds, whatever Connection names', async () => {
      const onRequest = ({ head }: MessageStart): void => void (head.headers['x-user'] = 'admin')
      const { sent } = await exchange(get('Connection: x-user', 'X-User: root'), answerText(), { onRequest })
      expect(sent).toContain('X-User: admin\r\n')
      expect(sent).not.toContain('root')
    })
  })

  describe('take from an answer', () => {
    test.each(['Connection: set-cookie', 'connection:\tX-Y,SET-COOKIE ,close-not'])('what %j names', async (line) => {
      const lines = ['Set-Cookie: a=b', line, 'X: y', 'set-cookie: c=d', 'Content-Length: 0', '']
      const { got } = await exchange(get(), wire('HTTP/1.1 200 OK', ...lines))
      expect(got).toBe(wire('HTTP/1.1 200 OK', 'X: y', 'Content-Length: 0', ''))
    })

    test('no Via, Date, Server or length, whatever Connection names', async () => {
      const lines = ['Date: now', 'Via: 1.1 b', 'Content-Length: 2', 'sErver:s', '']
      const answer = `${wire('HTTP/1.1 200 OK', 'Connection: via, content-length, host', ...lines)}ab`
      expect((await exchange(get(), answer)).got).toBe(`${wire('HTTP/1.1 200 OK', ...lines)}ab`)
    })

    test('also of an interim one', async () => {
      const early = wire('HTTP/1.1 103 Early Hints', 'Connection: x', 'X: y', 'Link: <a>', 'Keep-Alive: timeout=1', '')
      const { got } = await exchange(get(), early + answerText('a'))
      expect(got).toBe(wire('HTTP/1.1 103 Early Hints', 'Link: <a>', '') + answerText('a'))
    })
  })

  describe('write Via', () => {
    test('behind those that came', async () => {
      const { sent } = await exchange(get('Via: 1.0 fred, 1.1 p', 'X: y', 'via: HTTP/2 q'))
      expect(sent).toBe(get('Via: 1.0 fred, 1.1 p', 'X: y', 'via: HTTP/2 q', VIA))
    })

    test('with the version of what was received', async () => {
      const request = wire('GET / HTTP/1.0', 'Host: a', '')
      const { sent, got } = await exchange(request, 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', {
        demux: { via: 'gate:80' },
      })
      expect(sent).toBe(get('Via: 1.0 sluice'))
      expect(got).toBe(`${wire('HTTP/1.1 200 OK', 'Content-Length: 1', 'Connection: close', 'Via: 1.0 gate:80', '')}a`)
    })

    test('by the name that the options say, or not', async () => {
      expect((await exchange(get(), answerText(), { mux: { via: 'gate' } })).sent).toBe(get('Via: 1.1 gate'))
      expect((await exchange(get(), answerText(), { mux: { via: false } })).sent).toBe(get())
      expect((await exchange(get(), answerText())).got).toBe(answerText())
      expect((await exchange(get(), answerText(), { demux: { via: false } })).got).toBe(answerText())
    })

    test('when a script changed the head, and where it wrote one of its own as well', async () => {
      const onRequest = ({ head }: MessageStart): void => void (head.headers['via'] = '1.1 script')
      expect((await exchange(get(), answerText(), { onRequest })).sent).toBe(get('via: 1.1 script', VIA))
    })

    test('into no message that begins here', async () => {
      const proxy = await WireProxy.start(
        (p) =>
          p.demuxHTTP(
            (r) =>
              r
                .replaceMessage(new Message({ method: 'GET', path: '/own', headers: { host: 'b' } }))
                .muxHTTP((u) => u.connect('127.0.0.1:9000'))
                .replaceMessage(new Message({ status: 200 }, 'own')),
            { via: 'gate' },
          ),
        { hasOnlyStreams },
      )
      await proxy.listen(9000)
      const client = await proxy.send(get())
      expect(proxy.upstream().take()).toBe(wire('GET /own HTTP/1.1', 'host: b', ''))
      proxy.upstream().write(answerText('a'))
      await proxy.settle()
      expect(client.take()).toBe(answerText('own'))
    })

    test.each(['', 'a b', 'a\r\nX: y', 'a,b', 'a(b)', true, 5])('but not %j, which is no name', async (via) => {
      const given = { via: via as string }
      await expect(start({ mux: given })).rejects.toThrow('Cannot configure muxHTTP: via must be a name')
      await expect(start({ demux: given })).rejects.toThrow('Cannot configure demuxHTTP: via must be a name')
    })
  })

  describe('ask for trailers', () => {
    test.each([
      ['TE: trailers', 'Connection: TE'],
      ['TE: trailers'],
      ['te: gzip;q=0.5 ,\tTrailers', 'Connection: te, close-not'],
      ['TE: gzip', 'TE: trailers'],
    ])('when the client does: %s %s', async (...lines) => {
      expect((await exchange(get(...lines))).sent).toBe(get('Connection: TE', 'TE: trailers', VIA))
    })

    test.each([['TE: gzip'], ['TE: xtrailers'], ['TE: trailers-x'], ['TE:'], ['X-TE: trailers']])(
      'not when it does not: %s',
      async (line) => {
        expect((await exchange(get(line))).sent).not.toContain('Connection: TE')
      },
    )

    test('not for HTTP/1.0, which has none, and not when a script took that off', async () => {
      expect((await exchange(wire('GET / HTTP/1.0', 'Host: a', 'TE: trailers', ''))).sent).toBe(get('Via: 1.0 sluice'))
      const onRequest = ({ head }: MessageStart): void => void delete head.headers['te']
      expect((await exchange(get('TE: trailers'), answerText(), { onRequest })).sent).toBe(get(VIA))
    })

    test('together with an upgrade', async () => {
      const { sent } = await exchange(get('Connection: upgrade, TE', 'Upgrade: websocket', 'TE: trailers'))
      expect(sent).toBe(get('Connection: Upgrade, TE', 'Upgrade: websocket', 'TE: trailers', VIA))
    })

    test('and pass them both ways', async () => {
      const body = (lines: string): string => `3\r\nabc\r\n0\r\n${lines}\r\n`
      const head = ['Transfer-Encoding: chunked', 'Trailer: X-Sum']
      const { sent, got } = await exchange(
        wire('PUT / HTTP/1.1', 'Host: a', ...head, '') + body('X-Sum: 1\r\n'),
        wire('HTTP/1.1 200 OK', ...head, '') + body('X-Sum: 2\r\nServer-Timing: a\r\n'),
      )
      expect(sent).toBe(wire('PUT / HTTP/1.1', 'Host: a', ...head, VIA, '') + body('x-sum: 1\r\n'))
      expect(got).toBe(wire('HTTP/1.1 200 OK', ...head, '') + body('x-sum: 2\r\nserver-timing: a\r\n'))
    })
  })

  test('give leave to send a body here when a script took the expectation off', async () => {
    const onRequest = ({ head }: MessageStart): void => void delete head.headers['expect']
    const proxy = await start({ onRequest })
    const client = await proxy.send(wire('PUT / HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 2', ''))
    expect(proxy.upstream().take()).toBe(wire('PUT / HTTP/1.1', 'Host: a', 'Content-Length: 2', VIA, ''))
    expect(client.take()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  })

  describe('pass on as they are', () => {
    test('interim answers of 102 and 103, and unknown ones', async () => {
      const interim = ['102 Processing', '103 Early Hints', '199 x'].map((status) =>
        wire(`HTTP/1.1 ${status}`, 'X: y', ''),
      )
      const { got } = await exchange(get(), interim.join('') + answerText('a'))
      expect(got).toBe(interim.join('') + answerText('a'))
    })

    test('compressed bytes, with what says so', async () => {
      const bytes = '\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0'
      const lines = [
        'Content-Encoding: gzip',
        'Vary: Accept-Encoding',
        'ETag: W/"1"',
        `Content-Length: ${bytes.length}`,
      ]
      const put = wire('PUT / HTTP/1.1', 'Host: a', ...lines, '')
      const { sent, got } = await exchange(put + bytes, wire('HTTP/1.1 200 OK', ...lines, '') + bytes)
      expect(sent).toBe(put.replace('\r\n\r\n', `\r\n${VIA}\r\n\r\n`) + bytes)
      expect(got).toBe(wire('HTTP/1.1 200 OK', ...lines, '') + bytes)
    })

    test.each([
      ['HEAD', wire('HTTP/1.1 200 OK', 'Content-Length: 5', 'Date: d', '')],
      ['HEAD', wire('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '')],
      ['GET', wire('HTTP/1.1 304 Not Modified', 'ETag: "1"', 'Content-Length: 5', '')],
      ['GET', wire('HTTP/1.1 204 No Content', 'Server: s', '')],
      ['DELETE', wire('HTTP/1.1 204 No Content', '')],
    ])('an answer to %s that has no body: %j', async (method, answer) => {
      const { got, state } = await exchange(wire(`${method} / HTTP/1.1`, 'Host: a', ''), answer)
      expect([got, state]).toEqual([answer, 'open'])
    })

    test('a 205, with a length of zero', async () => {
      const { got } = await exchange(get(), 'HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
      expect(got).toBe(wire('HTTP/1.1 205 Reset Content', 'Content-Length: 0', ''))
    })
  })

  test.each([
    ['POST', 'Content-Length: 0\r\n'],
    ['PUT', 'Content-Length: 0\r\n'],
    ['PATCH', 'Content-Length: 0\r\n'],
    ['GET', ''],
    ['DELETE', ''],
    ['OPTIONS', ''],
    ['post', ''],
  ])('tell of %s without a body %j', async (method, length) => {
    const request = wire(`${method} / HTTP/1.1`, 'Host: a', '')
    const told = `${method} / HTTP/1.1\r\nHost: a\r\n${length}${VIA}\r\n\r\n`
    expect((await exchange(request)).sent).toBe(told)
    expect((await exchange(request, answerText(), { onRequest: ({ head }) => void head.headers })).sent).toBe(told)
  })
})
