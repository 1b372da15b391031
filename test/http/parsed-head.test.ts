import { describe, expect, test } from 'vitest'
import type { ParsedHead } from '../../src/http/parsed-head.ts'
import { decodeText } from './decode-text.ts'

function parse(text: string, isRequest = true): ParsedHead {
  const { messages, error } = decodeText(text, { isRequest })
  expect(error).toBeUndefined()
  return messages[0]?.head as ParsedHead
}

const request = (lines: string): ParsedHead => parse(`GET /b?c HTTP/1.1\r\nHost: a\r\n${lines}\r\n`)
const response = (lines: string): ParsedHead => parse(`HTTP/1.1 200 Fine\r\n${lines}\r\n`, false)

describe('ParsedHead as the head object of a request', () => {
  test('has protocol, headers, method and path, in this order', () => {
    const head = request('X: y\r\n').toHead()
    expect(Object.keys(head)).toEqual(['protocol', 'headers', 'method', 'path'])
    expect(head).toMatchObject({ protocol: 'HTTP/1.1', method: 'GET', path: '/b?c' })
    expect({ ...head.headers }).toEqual({ host: 'a', x: 'y' })
  })

  test('has header names in lower case, in the order in which they came first', () => {
    expect(Object.keys(request('B: 1\r\nA: 2\r\nb: 3\r\n').toHead().headers)).toEqual(['host', 'b', 'a'])
  })

  test('has repeated headers joined', () => {
    expect({ ...request('Accept: a\r\nX: 1\r\nACCEPT: b, c\r\naccept:\r\n').toHead().headers }).toEqual({
      host: 'a',
      accept: 'a, b, c, ',
      x: '1',
    })
  })

  test('has cookies joined as cookies are', () => {
    expect(request('Cookie: a=1\r\nCookie: b=2; c=3\r\n').toHead().headers.cookie).toBe('a=1; b=2; c=3')
  })

  test('has headers that inherit nothing', () => {
    const { headers } = request('').toHead()
    expect(headers['constructor']).toBeUndefined()
    expect(headers['__proto__']).toBeUndefined()
    expect('toString' in headers).toBe(false)
    headers['__proto__'] = 'x'
    expect(Object.keys(headers)).toEqual(['host', '__proto__'])
  })

  test('keeps what belongs to the connection in sight', () => {
    const { headers } = request('Connection: Upgrade, keep-alive\r\nUpgrade: websocket\r\nTE: trailers\r\n').toHead()
    expect(headers).toMatchObject({ connection: 'Upgrade, keep-alive', upgrade: 'websocket', te: 'trailers' })
  })

  test('does not have the headers that Connection names, since nobody further on gets them', () => {
    const { headers } = request('X-User: admin\r\nConnection: x-user, close\r\nx-USER: root\r\n').toHead()
    expect(Object.keys(headers)).toEqual(['host', 'connection'])
  })

  test.each([
    ['host', ''],
    ['content-length', 'Content-Length: 0\r\n'],
    ['via', 'Via: 1.1 b\r\n'],
  ])('has %s although Connection names it', (name, line) => {
    expect(request(`${line}Connection: ${name}\r\n`).toHead().headers[name]).toBeDefined()
  })
})

describe('ParsedHead as the head object of an answer', () => {
  test('has protocol, headers, status and statusText, in this order', () => {
    const head = response('X: y\r\n').toHead()
    expect(Object.keys(head)).toEqual(['protocol', 'headers', 'status', 'statusText'])
    expect(head).toMatchObject({ protocol: 'HTTP/1.1', status: 200, statusText: 'Fine' })
  })

  test('has set-cookie always as an array', () => {
    expect(response('Set-Cookie: a=1\r\n').toHead().headers['set-cookie']).toEqual(['a=1'])
    expect(
      response('Set-Cookie: a=1; Expires=Mon, 1 Jan\r\nX: y\r\nset-cookie:  b=2 \r\n').toHead().headers['set-cookie'],
    ).toEqual(['a=1; Expires=Mon, 1 Jan', 'b=2'])
  })
})

describe('ParsedHead.isUnchanged', () => {
  const head = request('Accept: a\r\nAccept: b\r\nX: y\r\n')
  const answer = response('Set-Cookie: a\r\nSet-Cookie: b\r\nX: y\r\n')

  test('is true of what toHead gave, and of a copy', () => {
    expect(head.isUnchanged(head.toHead())).toBe(true)
    expect(answer.isUnchanged(answer.toHead())).toBe(true)
    const copy = head.toHead()
    expect(head.isUnchanged({ ...copy, headers: { ...copy.headers } })).toBe(true)
  })

  test.each([
    ['a method', (h: ReturnType<ParsedHead['toHead']>) => void (h.method = 'PUT')],
    ['a path', (h) => void (h.path = '/other')],
    ['no path', (h) => void delete h.path],
    ['a header', (h) => void (h.headers['x'] = 'z')],
    ['a new header', (h) => void (h.headers['new'] = 'z')],
    ['a new header in capitals', (h) => void (h.headers['X'] = 'y')],
    ['a header taken out', (h) => void delete h.headers['x']],
    ['a header set to undefined', (h) => void (h.headers['x'] = undefined)],
    ['one header for another', (h) => void (delete h.headers['x'], (h.headers['z'] = 'y'))],
    ['a joined header', (h) => void (h.headers['accept'] = 'a,b')],
    ['no headers at all', (h) => void delete (h as { headers?: unknown }).headers],
  ] as [string, (h: ReturnType<ParsedHead['toHead']>) => void][])('is false with %s', (_, change) => {
    const changed = head.toHead()
    change(changed)
    expect(head.isUnchanged(changed)).toBe(false)
  })

  test.each([
    ['a status', (h: ReturnType<ParsedHead['toHead']>) => void (h.status = 201)],
    ['a status as text', (h) => void ((h as { status: unknown }).status = '200')],
    ['a reason', (h) => void (h.statusText = 'Other')],
    ['a cookie', (h) => void ((h.headers['set-cookie'] as string[])[0] = 'c')],
    ['one more cookie', (h) => void (h.headers['set-cookie'] as string[]).push('c')],
    ['the cookies in another order', (h) => void (h.headers['set-cookie'] as string[]).reverse()],
  ] as [string, (h: ReturnType<ParsedHead['toHead']>) => void][])('of an answer is false with %s', (_, change) => {
    const changed = answer.toHead()
    change(changed)
    expect(answer.isUnchanged(changed)).toBe(false)
  })

  test('is true of a header that is set to undefined and was not there', () => {
    const changed = head.toHead()
    changed.headers['new'] = undefined
    expect(head.isUnchanged(changed)).toBe(true)
  })
})

describe('ParsedHead is forwarded', () => {
  test('as the very text that came when there is nothing to take off', () => {
    const text = 'POST /b HTTP/1.1\r\nhOsT: a\r\nX-Y:z\r\nX:   w  \r\nX: 2\r\nEmpty:\r\nContent-LENGTH: 5\r\n\r\n'
    expect(parse(`${text}hello`).toForwardedText(undefined, '')).toBe(text)
  })

  test.each([
    ['Content-Length: 005', 'Content-Length: 5'],
    ['content-length:\t5', 'Content-Length: 5'],
    ['Content-Length:5', 'Content-Length: 5'],
    ['Content-Length: 5 ', 'Content-Length: 5'],
    ['Transfer-Encoding: Chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding:  chunked \t', 'Transfer-Encoding: chunked'],
  ])('with "%s" as "%s", which nobody overlooks', (given, plain) => {
    const head = request(`A: b\r\n${given}\r\nC: d\r\n`)
    expect(head.toForwardedText(undefined, '')).toBe(`GET /b?c HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n${plain}\r\n\r\n`)
    const named = request(`Connection: A\r\nA: b\r\n${given}\r\n`)
    expect(named.toForwardedText(undefined, '')).toBe(`GET /b?c HTTP/1.1\r\nHost: a\r\n${plain}\r\n\r\n`)
  })

  test('with what it is to have besides, behind its own lines', () => {
    expect(request('X: y\r\n').toForwardedText('Content-Length: 1\r\n', 'Via: b\r\n')).toBe(
      'GET /b?c HTTP/1.1\r\nHost: a\r\nX: y\r\nContent-Length: 1\r\nVia: b\r\n\r\n',
    )
  })

  test('with another framing instead of its own', () => {
    const head = request('A: 1\r\nContent-Length: 0\r\nB: 2\r\n')
    expect(head.toForwardedText(undefined, '')).toContain('A: 1\r\nContent-Length: 0\r\nB: 2\r\n')
    expect(head.toForwardedText('', '')).toBe('GET /b?c HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n')
    expect(head.toForwardedText('Transfer-Encoding: chunked\r\n', '')).toBe(
      'GET /b?c HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
  })

  test('without what belongs to the connection', () => {
    const lines =
      'Connection: keep-alive\r\nA: 1\r\nKeep-Alive: timeout=5\r\nPROXY-CONNECTION: close\r\nB: 2\r\nTE: trailers\r\n' +
      'Upgrade: h2c\r\nHTTP2-Settings: x\r\nC: 3\r\nconnection: close\r\n'
    expect(request(lines).toForwardedText(undefined, '')).toBe(
      'GET /b?c HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n',
    )
    expect(response(lines).toForwardedText(undefined, '')).toBe('HTTP/1.1 200 Fine\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n')
  })

  test('without the fields that Connection names, wherever they stand', () => {
    const lines = 'X-A: 1\r\nB: 2\r\nConnection: x-a, X-C ,close,,\r\nx-c: 3\r\nX-A: 4\r\nX-AB: 5\r\n'
    expect(request(lines).toForwardedText(undefined, '')).toBe(
      'GET /b?c HTTP/1.1\r\nHost: a\r\nB: 2\r\nX-AB: 5\r\n\r\n',
    )
    expect(response(lines).toForwardedText(undefined, '')).toBe('HTTP/1.1 200 Fine\r\nB: 2\r\nX-AB: 5\r\n\r\n')
  })

  test('with the fields that decide about framing and routing, although Connection names them', () => {
    const lines =
      'Connection: host, content-length, transfer-encoding, via, x\r\nVia: 1.1 b\r\nX: y\r\nContent-Length: 3\r\n'
    expect(parse(`PUT / HTTP/1.1\r\nHost: a\r\n${lines}\r\nabc`).toForwardedText(undefined, '')).toBe(
      'PUT / HTTP/1.1\r\nHost: a\r\nVia: 1.1 b\r\nContent-Length: 3\r\n\r\n',
    )
  })

  test('from HTTP/1.0 as HTTP/1.1', () => {
    expect(parse('GET / HTTP/1.0\r\nHost: a\r\nX: y\r\n\r\n').toForwardedText(undefined, '')).toBe(
      'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n',
    )
    expect(parse('HTTP/1.0 200 Fine by me\r\nX: y\r\n\r\n', false).toForwardedText(undefined, '')).toBe(
      'HTTP/1.1 200 Fine by me\r\nX: y\r\n\r\n',
    )
    expect(parse('HTTP/1.0 200\r\nConnection: x\r\nX: y\r\n\r\n', false).toForwardedText(undefined, '')).toBe(
      'HTTP/1.1 200 \r\n\r\n',
    )
  })

  test('from HTTP/1.0 without a Host with an empty one, which HTTP/1.1 requires', () => {
    expect(parse('GET / HTTP/1.0\r\nX: y\r\n\r\n').toForwardedText(undefined, '')).toBe(
      'GET / HTTP/1.1\r\nHost: \r\nX: y\r\n\r\n',
    )
    expect(parse('GET / HTTP/1.0\r\nConnection: x\r\nX: y\r\n\r\n').toForwardedText(undefined, '')).toBe(
      'GET / HTTP/1.1\r\nHost: \r\n\r\n',
    )
  })

  test('from an absolute target as a path', () => {
    expect(parse('GET http://a:80/b?c HTTP/1.1\r\nHost: a:80\r\nX: y\r\n\r\n').toForwardedText(undefined, '')).toBe(
      'GET /b?c HTTP/1.1\r\nHost: a:80\r\nX: y\r\n\r\n',
    )
    expect(parse('OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n').toForwardedText(undefined, '')).toBe(
      'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    )
  })

  test('from an absolute target of HTTP/1.0 with the host that only the target names', () => {
    expect(parse('GET http://b:81/c HTTP/1.0\r\nX: y\r\n\r\n').toForwardedText(undefined, '')).toBe(
      'GET /c HTTP/1.1\r\nHost: b:81\r\nX: y\r\n\r\n',
    )
  })
})

describe('ParsedHead.withUnknownLength', () => {
  test('tells neither a length nor chunks, and all else as before', () => {
    const head = parse('PUT /b HTTP/1.1\r\nHost: a\r\nConnection: x\r\nX: y\r\nContent-Length: 3\r\n\r\nabc')
    const copy = head.withUnknownLength()
    expect(copy).toMatchObject({
      contentLength: -1,
      isChunked: false,
      hasUnknownLength: true,
      isPersistent: true,
      path: '/b',
    })
    expect(copy.toForwardedText('Content-Length: 9\r\n', '')).toBe(
      'PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n',
    )
    expect(head).toMatchObject({ contentLength: 3, hasUnknownLength: false })
  })
})
