import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { decodeText } from './decode-text.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\n'

function readField(lines: string, name: string): string | undefined {
  const { messages, error } = decodeText(`${REQUEST}${lines}\r\n\r\n`)
  expect(error).toBeUndefined()
  return messages[0]?.head.fields.get(name)
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

/** The same header lines, in a request and in an answer. */
function refuseBoth(lines: string, code: ErrorCode): void {
  refuse(`${REQUEST}${lines}\r\n\r\n`, code, 400)
  const { messages, error } = decodeText(`${RESPONSE}${lines}\r\n\r\n`, { isRequest: false })
  expect({ code: error?.code, status: error?.status, source: error?.source }).toEqual({
    code,
    status: 502,
    source: 'upstream',
  })
  expect(messages).toEqual([])
}

describe('a header line is read', () => {
  test.each([
    ['X: a', 'a'],
    ['X:a', 'a'],
    ['X:  \t a \t ', 'a'],
    ['X:', ''],
    ['X: \t ', ''],
    ['X: a b\tc', 'a b\tc'],
    ['X: a:b: c', 'a:b: c'],
    ['X: "quoted \\" text"', '"quoted \\" text"'],
    ['X: caf\xe9 \x80\xff', 'caf\xe9 \x80\xff'],
    ['X: \xa0a\xa0', '\xa0a\xa0'],
    ['x: a', 'a'],
  ])('from %j', (line, value) => {
    expect(readField(line, 'x')).toBe(value)
  })

  test('with a name of every token character', () => {
    expect(readField("!#$%&'*+-.^_`|~09azAZ: a", "!#$%&'*+-.^_`|~09azaz")).toBe('a')
  })

  test('with the name of something that all objects have', () => {
    const { messages } = decodeText(`${REQUEST}constructor: a\r\n__proto__: b\r\ntoString: c\r\n\r\n`)
    const headers = messages[0]?.head.toHead().headers ?? {}
    expect(Object.entries(headers)).toEqual([
      ['host', 'a'],
      ['constructor', 'a'],
      ['__proto__', 'b'],
      ['tostring', 'c'],
    ])
    expect(headers['valueOf']).toBeUndefined()
    expect('hasOwnProperty' in headers).toBe(false)
  })
})

describe('a header line is refused with', () => {
  test.each([
    ['a space before the colon', 'X : a'],
    ['a tab before the colon', 'X\t: a'],
    ['a space inside the name', 'X Y: a'],
    ['no colon', 'X'],
    ['no name', ': a'],
    ['nothing but a colon', ':'],
    ['a space before the name, which is line folding', 'X: a\r\n b'],
    ['a tab before the name, which is line folding', 'X: a\r\n\tb: c'],
    ['a folded line that is empty', 'X: a\r\n '],
    ['parentheses in the name', 'X(Y): a'],
    ['a slash in the name', 'X/Y: a'],
    ['a NUL in the name', 'X\0: a'],
    ['a byte beyond ASCII in the name', 'X\xe9: a'],
    ['a byte beyond ASCII that some take for a space', 'X\xa0: a'],
    ['a NUL in the value', 'X: a\0b'],
    ['a NUL behind the value', 'X: a\0'],
    ['a backspace in the value', 'X: a\bb'],
    ['a vertical tab in the value', 'X: a\vb'],
    ['a form feed in the value', 'X: a\fb'],
    ['an escape character in the value', 'X: a\x1b[1m'],
    ['DEL in the value', 'X: a\x7fb'],
    ['a carriage return in the value', 'X: a\rb'],
    ['a carriage return behind the value', 'X: a\r'],
    ['a carriage return before the value', 'X: \ra'],
    ['a carriage return in the name', 'X\r: a'],
    ['a line feed alone', 'X: a\nY: b'],
    ['a line feed alone before another header', 'X: a\nContent-Length: 5'],
    ['a line feed alone at its beginning', '\nX: a'],
    ['a line feed before the carriage return', 'X: a\n\r'],
  ])('%s', (_, lines) => {
    refuseBoth(lines, 'MALFORMED_HEADER')
  })

  test('white space as the first of all', () => {
    refuse('GET / HTTP/1.1\r\n Host: a\r\n\r\n', 'MALFORMED_HEADER', 400)
    refuse('GET / HTTP/1.1\r\n\tX: a\r\nHost: a\r\n\r\n', 'MALFORMED_HEADER', 400)
    refuse('GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n', 'MALFORMED_HEADER', 400)
  })

  test('a line feed alone as the end of the head', () => {
    refuse(`${REQUEST}\n`, 'MALFORMED_HEADER', 400)
    refuse(`${REQUEST}X: a\r\n\n`, 'MALFORMED_HEADER', 400)
  })

  test('a carriage return alone as the end of the head', () => {
    refuse(`${REQUEST}\rGET /b HTTP/1.1\r\n`, 'MALFORMED_HEADER', 400)
    refuse(`${REQUEST}\r\r\n`, 'MALFORMED_HEADER', 400)
  })

  test('an error that tells the name and quotes no more of it than 64 characters', () => {
    const { error } = decodeText(`${REQUEST}${'x'.repeat(500)} : a\r\n\r\n`)
    expect(error?.message).toBe(`Cannot read header name "${'x'.repeat(64)}": white space before the colon`)
  })
})

describe('Host', () => {
  test.each([
    'a',
    'example.com',
    'EXAMPLE.com',
    'example.com:80',
    'example.com:',
    'a_b.internal',
    'xn--bcher-kva.example',
    '127.0.0.1:8000',
    '[::1]',
    '[::1]:8000',
    '[2001:db8::1.2.3.4]:443',
    "a-b.c~d!$&'()*+;=e",
    '%41',
    '',
  ])('is read as %j', (value) => {
    const { messages, error } = decodeText(`GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`)
    expect(error).toBeUndefined()
    expect(messages[0]?.head.toHead().headers.host).toBe(value)
  })

  test.each([
    'a b',
    'a\tb',
    'a/b',
    'a/',
    'http://a',
    'user@a',
    'a?b',
    'a#b',
    'a,b',
    'a, a',
    'a\\b',
    'a"b"',
    'a<b>',
    'a|b',
    'a{b}',
    'a^b',
    'a`b',
    'a:b',
    'a:80:90',
    'a:-1',
    'a: 80',
    'a:800000',
    'a:8o',
    '::1',
    '[::1',
    '::1]',
    '[]',
    '[a.b]',
    '[::1%eth0]',
    '[v1.a]',
    '[::1]a',
    '[::1]:a',
    'a[::1]',
    'm\xfcnchen.example',
    'a\xa0',
  ])('is refused as %j', (value) => {
    refuse(`GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`, 'INVALID_HOST', 400)
    refuse(`GET / HTTP/1.0\r\nHost: ${value}\r\n\r\n`, 'INVALID_HOST', 400)
  })

  test('is required of HTTP/1.1 and not of HTTP/1.0', () => {
    refuse('GET / HTTP/1.1\r\n\r\n', 'INVALID_HOST', 400)
    refuse('GET / HTTP/1.1\r\nX-Host: a\r\nHosts: a\r\nHos: a\r\n\r\n', 'INVALID_HOST', 400)
    refuse('GET http://a/ HTTP/1.1\r\n\r\n', 'INVALID_HOST', 400)
    expect(decodeText('GET / HTTP/1.0\r\n\r\n').error).toBeUndefined()
  })

  test.each([
    ['twice', 'Host: a\r\nHost: b'],
    ['twice with the same value', 'Host: a\r\nHost: a'],
    ['twice in different case', 'Host: a\r\nhOST: a'],
    ['twice with something between', 'Host: a\r\nX: y\r\nHost: a'],
    ['once empty', 'Host:\r\nHost: a'],
  ])('is refused when it comes %s', (_, lines) => {
    refuse(`GET / HTTP/1.1\r\n${lines}\r\n\r\n`, 'INVALID_HOST', 400)
    refuse(`GET / HTTP/1.0\r\n${lines}\r\n\r\n`, 'INVALID_HOST', 400)
  })

  test('is of no interest in an answer', () => {
    const { error } = decodeText('HTTP/1.1 200 OK\r\nHost: a b\r\nHost: c\r\nContent-Length: 0\r\n\r\n', {
      isRequest: false,
    })
    expect(error).toBeUndefined()
  })
})

describe('Connection', () => {
  function isPersistent(version: string, lines: string): boolean | undefined {
    const { messages, error } = decodeText(`GET / ${version}\r\nHost: a\r\n${lines}\r\n`)
    expect(error).toBeUndefined()
    return messages[0]?.head.isPersistent
  }

  test.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'Connection: Close\r\n', false],
    ['HTTP/1.1', 'connection: CLOSE\r\n', false],
    ['HTTP/1.1', 'Connection: keep-alive, close\r\n', false],
    ['HTTP/1.1', 'Connection: close, keep-alive\r\n', false],
    ['HTTP/1.1', 'Connection: x,,\tclose ,\r\n', false],
    ['HTTP/1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['HTTP/1.1', 'Connection: closed\r\n', true],
    ['HTTP/1.1', 'Connection: "close"\r\n', true],
    ['HTTP/1.1', 'Connection:\r\n', true],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
    ['HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
    ['HTTP/1.0', 'Keep-Alive: timeout=5\r\n', false],
    ['HTTP/1.0', 'Proxy-Connection: keep-alive\r\n', false],
  ])('of %s with %j: stays open %s', (version, lines, expected) => {
    expect(isPersistent(version, lines)).toBe(expected)
  })

  test('with thousands of tokens is read in one go', () => {
    const tokens = Array.from({ length: 5000 }, (_, i) => `t${i % 10}`).join(',')
    expect(isPersistent('HTTP/1.1', `Connection: ${tokens},close\r\n`)).toBe(false)
  })
})

describe('Expect', () => {
  function expectsContinue(version: string, line: string): boolean | undefined {
    const { messages } = decodeText(`POST / ${version}\r\nHost: a\r\n${line}\r\nContent-Length: 1\r\n\r\n`)
    return messages[0]?.head.expectsContinue
  }

  test('is understood as 100-continue whatever its case', () => {
    expect(expectsContinue('HTTP/1.1', 'Expect: 100-continue')).toBe(true)
    expect(expectsContinue('HTTP/1.1', 'EXPECT:100-Continue ')).toBe(true)
  })

  test('means nothing with another value, and nothing in HTTP/1.0', () => {
    expect(expectsContinue('HTTP/1.1', 'Expect: 200-ok')).toBe(false)
    expect(expectsContinue('HTTP/1.0', 'Expect: 100-continue')).toBe(false)
  })
})
