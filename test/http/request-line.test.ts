import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { decodeText } from './decode-text.ts'

const HOST = '\r\nHost: a\r\n\r\n'

function accept(line: string): {
  readonly method: string
  readonly path: string
  readonly protocol: string | undefined
} {
  const { messages, error } = decodeText(line + HOST)
  expect(error).toBeUndefined()
  const { method = '', path = '', protocol } = messages[0]?.head.toHead() ?? { headers: {} }
  return { method, path, protocol }
}

function refuse(text: string, code: ErrorCode, status: number): void {
  const { messages, error } = decodeText(text)
  expect({ code: error?.code, status: error?.status, source: error?.source }).toEqual({
    code,
    status,
    source: 'downstream',
  })
  expect(messages).toEqual([])
}

describe('the request line is read when it has', () => {
  test.each([
    ['a path', 'GET /a/b HTTP/1.1', 'GET', '/a/b'],
    ['a query', 'GET /a?b=c&d=%20 HTTP/1.1', 'GET', '/a?b=c&d=%20'],
    ['a method of its own', 'BREW /pot HTTP/1.1', 'BREW', '/pot'],
    ['a method in small letters, which is another method', 'get / HTTP/1.1', 'get', '/'],
    ['a method of every token character', "!#$%&'*+-.^_`|~09azAZ / HTTP/1.1", "!#$%&'*+-.^_`|~09azAZ", '/'],
    ['the server as a whole for OPTIONS', 'OPTIONS * HTTP/1.1', 'OPTIONS', '*'],
    ['a path that begins with two slashes', 'GET //b/c HTTP/1.1', 'GET', '//b/c'],
    ['a colon in the path', 'GET /a:80/b HTTP/1.1', 'GET', '/a:80/b'],
    ['characters that URIs do not allow but everybody passes on', 'GET /{a}|"<b>\\^` HTTP/1.1', 'GET', '/{a}|"<b>\\^`'],
    ['HTTP/1.0', 'GET / HTTP/1.0', 'GET', '/'],
  ])('%s', (_, line, method, path) => {
    expect(accept(line)).toMatchObject({ method, path })
  })

  test('a version, which the head object tells', () => {
    expect(accept('GET / HTTP/1.1').protocol).toBe('HTTP/1.1')
    expect(accept('GET / HTTP/1.0').protocol).toBe('HTTP/1.0')
  })
})

describe('an absolute target is read', () => {
  test.each([
    ['http://a/b?c', '/b?c'],
    ['http://a', '/'],
    ['http://a/', '/'],
    ['http://a?b=/c', '/?b=/c'],
    ['HTTP://a/b', '/b'],
    ['https://a/b', '/b'],
    ['http://a//b', '//b'],
    ['http://a/http://b/', '/http://b/'],
  ])('%s as path %s', (target, path) => {
    expect(accept(`GET ${target} HTTP/1.1`).path).toBe(path)
  })

  test('with the host that the Host field names as well, whatever its case', () => {
    const { messages, error } = decodeText('GET http://Example.COM:80/ HTTP/1.1\r\nHost: example.com:80\r\n\r\n')
    expect(error).toBeUndefined()
    expect(messages[0]?.head.targetAuthority).toBe('Example.COM:80')
  })

  test('as the server as a whole when OPTIONS names no path', () => {
    expect(accept('OPTIONS http://a HTTP/1.1').path).toBe('*')
    expect(accept('OPTIONS http://a/ HTTP/1.1').path).toBe('/')
    expect(accept('OPTIONS http://a?b HTTP/1.1').path).toBe('/?b')
  })

  test('as the host of a request of HTTP/1.0 that has no Host field', () => {
    const { messages } = decodeText('GET http://b:81/c HTTP/1.0\r\n\r\n')
    expect(messages[0]?.head.toHead()).toMatchObject({ path: '/c', headers: { host: 'b:81' } })
  })

  test.each([
    ['another host', 'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['another port', 'GET http://a:81/ HTTP/1.1\r\nHost: a:80\r\n\r\n'],
    ['a port where the Host field has none', 'GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a host where the Host field is empty', 'GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n'],
    ['another host in HTTP/1.0', 'GET http://b/ HTTP/1.0\r\nHost: a\r\n\r\n'],
  ])('never with %s than the Host field', (_, text) => {
    refuse(text, 'INVALID_HOST', 400)
  })

  test.each([
    'http://',
    'http:///a',
    'http://:80/',
    'http://?a',
    'http://user@a/',
    'http://user:password@a/',
    'http://a:b/',
    'http://a:800000/',
    'http://a\\b/',
    'http://a,b/',
    'http://[::1/',
    'http://[::g]/',
    'http:/a',
    'http:a',
    'ftp://a/',
    'ws://a/',
    'javascript:alert(1)',
    'a',
    'a/b',
    'a:80',
    '?a',
    '*a',
    './a',
  ])('never as %s', (target) => {
    refuse(`GET ${target} HTTP/1.1${HOST}`, 'MALFORMED_START_LINE', 400)
    refuse(`GET ${target} HTTP/1.0\r\n\r\n`, 'MALFORMED_START_LINE', 400)
  })
})

describe('the request line is refused when it has', () => {
  test.each([
    ['nothing but a method', 'GET'],
    ['no target', 'GET HTTP/1.1'],
    ['no version', 'GET /'],
    ['the version of HTTP/0.9, which is none', 'GET / '],
    ['two spaces before the target', 'GET  / HTTP/1.1'],
    ['two spaces before the version', 'GET /  HTTP/1.1'],
    ['a tab before the target', 'GET\t/ HTTP/1.1'],
    ['a tab before the version', 'GET /\tHTTP/1.1'],
    ['a space inside the target', 'GET /a b HTTP/1.1'],
    ['a space before the method', ' GET / HTTP/1.1'],
    ['a space behind the version', 'GET / HTTP/1.1 '],
    ['a tab behind the version', 'GET / HTTP/1.1\t'],
    ['something behind the version', 'GET / HTTP/1.1 x'],
    ['a method that is no token', 'G(T / HTTP/1.1'],
    ['a colon in the method', 'GET: / HTTP/1.1'],
    ['a method in quotes', '"GET" / HTTP/1.1'],
    ['a NUL in the method', 'GE\0T / HTTP/1.1'],
    ['a byte beyond ASCII in the method', 'GÉT / HTTP/1.1'],
    ['a NUL in the target', 'GET /a\0b HTTP/1.1'],
    ['a vertical tab in the target', 'GET /a\x0bb HTTP/1.1'],
    ['DEL in the target', 'GET /a\x7fb HTTP/1.1'],
    ['a byte beyond ASCII in the target', 'GET /ä HTTP/1.1'],
    ['a fragment in the target', 'GET /a#b HTTP/1.1'],
    ['the server as a whole, but not for OPTIONS', 'GET * HTTP/1.1'],
    ['a version in small letters', 'GET / http/1.1'],
    ['a version without a slash', 'GET / HTTP1.1'],
    ['a version without a minor number', 'GET / HTTP/1'],
    ['a version with a comma', 'GET / HTTP/1,1'],
    ['a version of two digits', 'GET / HTTP/1.10'],
    ['a version with a leading zero', 'GET / HTTP/01.1'],
    ['a version that is another protocol', 'GET / ICE/1.0'],
    ['a version with a space inside', 'GET / HTTP/ 1.1'],
    ['a carriage return inside', 'GET / HTTP/1.1\rX'],
  ])('%s', (_, line) => {
    refuse(line + HOST, 'MALFORMED_START_LINE', 400)
  })

  test('a line feed without a carriage return', () => {
    refuse('GET / HTTP/1.1\nHost: a\r\n\r\n', 'MALFORMED_START_LINE', 400)
    refuse('GET /\nHost: a\r\n\r\n', 'MALFORMED_START_LINE', 400)
    refuse('GET\n', 'MALFORMED_START_LINE', 400)
  })

  test('a carriage return twice', () => {
    refuse('GET / HTTP/1.1\r\r\nHost: a\r\n\r\n', 'MALFORMED_START_LINE', 400)
  })

  test.each(['HTTP/2.0', 'HTTP/3.0', 'HTTP/0.9', 'HTTP/1.2', 'HTTP/9.9', 'HTTP/0.0'])(
    'version %s, with 505',
    (version) => {
      refuse(`GET / ${version}${HOST}`, 'UNSUPPORTED_HTTP_VERSION', 505)
    },
  )

  test('the preface of HTTP/2, with 505', () => {
    refuse('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'UNSUPPORTED_HTTP_VERSION', 505)
  })

  test.each(['a', '/a:443', 'http://a:443/', '*', ':443', 'a:', 'a:0', 'a:65536', 'a:+1', 'a:1/', 'u@a:443', 'a b:1'])(
    'the method CONNECT with the target %s, which is no host and port, with 400 (RFC 9110 9.3.6)',
    (target) => {
      refuse(`CONNECT ${target} HTTP/1.1${HOST}`, 'MALFORMED_START_LINE', 400)
    },
  )

  test.each([
    ['Content-Length: 5', 'INVALID_CONTENT_LENGTH'],
    ['Transfer-Encoding: chunked', 'INVALID_TRANSFER_ENCODING'],
  ] as const)(
    'the method CONNECT with a body, which other readers take for the tunnel (RFC 9110 9.3.6): %s',
    (line, code) => {
      refuse(`CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n${line}\r\n\r\nhello`, code, 400)
    },
  )

  test('the bytes of a TLS handshake', () => {
    refuse('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'MALFORMED_START_LINE', 400)
  })

  test('the status line of an answer', () => {
    refuse('HTTP/1.1 200 OK\r\n\r\n', 'MALFORMED_START_LINE', 400)
  })
})

describe('empty lines before the request line', () => {
  test('are forgiven once', () => {
    expect(decodeText('\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({
      error: undefined,
      messages: [{ isOver: true }],
    })
  })

  test('are forgiven once before each request', () => {
    const text = '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(decodeText(text + text).messages).toHaveLength(2)
  })

  test.each([
    ['twice', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['as a line feed alone', '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['as a carriage return alone', '\rGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['as two carriage returns', '\r\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['as a line with a space', ' \r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['as a line feed behind an empty line', '\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('are refused when they come %s', (_, text) => {
    refuse(text, 'MALFORMED_START_LINE', 400)
  })
})

describe('the status line', () => {
  function readStatus(line: string): {
    status: number | undefined
    text: string | undefined
    code: string | undefined
  } {
    const { messages, error } = decodeText(`${line}\r\nContent-Length: 0\r\n\r\n`, { isRequest: false })
    const head = messages[0]?.head
    return { status: head?.status, text: head?.statusText, code: error?.code }
  }

  test.each([
    ['HTTP/1.1 200 OK', 200, 'OK'],
    ['HTTP/1.0 404 Not Found', 404, 'Not Found'],
    ['HTTP/1.1 200 ', 200, ''],
    ['HTTP/1.1 200', 200, ''],
    ['HTTP/1.1 599 Made\tUp caf\xe9', 599, 'Made\tUp caf\xe9'],
    ['HTTP/1.1 999 What', 999, 'What'],
    ['HTTP/1.1 200  two spaces', 200, ' two spaces'],
  ])('is read as %j', (line, status, text) => {
    expect(readStatus(line)).toEqual({ status, text, code: undefined })
  })

  test.each([
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 No',
    'HTTP/1.1 000 No',
    'HTTP/1.1 2x0 OK',
    'HTTP/1.1 -20 OK',
    'HTTP/1.1 +200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1 OK',
    'HTTP/1.1',
    'HTTP/1.1200 OK',
    'http/1.1 200 OK',
    ' HTTP/1.1 200 OK',
    'ICY 200 OK',
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\x7fK',
    'GET / HTTP/1.1',
    '<html>no headers at all</html>',
  ])('%j is the fault of the upstream: 502', (line) => {
    const { error } = decodeText(`${line}\r\nContent-Length: 0\r\n\r\n`, { isRequest: false })
    expect({ code: error?.code, status: error?.status, source: error?.source }).toEqual({
      code: 'MALFORMED_START_LINE',
      status: 502,
      source: 'upstream',
    })
  })

  test('of another version is the fault of the upstream: 502', () => {
    const { error } = decodeText('HTTP/2.0 200 OK\r\n\r\n', { isRequest: false })
    expect({ code: error?.code, status: error?.status }).toEqual({ code: 'UNSUPPORTED_HTTP_VERSION', status: 502 })
  })

  test('is never preceded by an empty line', () => {
    const { error } = decodeText('\r\nHTTP/1.1 200 OK\r\n\r\n', { isRequest: false })
    expect(error?.code).toBe('MALFORMED_START_LINE')
  })
})
