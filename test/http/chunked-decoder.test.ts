import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { ChunkedDecoder } from '../../src/http/chunked-decoder.ts'
import { LIMITS } from '../../src/limits.ts'
import { toBytes, toText } from './bytes.ts'
import { singleBytes } from './segments.ts'

interface Outcome {
  readonly body: string
  /** What came behind the body. */
  readonly rest: string
  readonly isDone: boolean
  readonly trailers: Readonly<Record<string, unknown>> | undefined
  readonly error: ProxyError | undefined
}

function decode(segments: string | readonly string[], isRequest = true): Outcome {
  const decoder = new ChunkedDecoder(isRequest)
  let body = ''
  let rest = ''
  const output = { process: (event: unknown): void => void (body += toText((event as Data).bytes)) }
  try {
    for (const segment of typeof segments === 'string' ? [segments] : segments) {
      // In the middle of a buffer, as most bytes are.
      const bytes = toBytes(`<<${segment}>>`)
      const end = decoder.decode(Data.view(bytes, 2, bytes.length - 2, 'call'), 2, output)
      rest += toText(bytes.subarray(end, bytes.length - 2))
    }
    return { body, rest, isDone: decoder.isDone, trailers: decoder.trailers, error: undefined }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return { body, rest, isDone: decoder.isDone, trailers: decoder.trailers, error }
  }
}

function refuse(text: string, code: ErrorCode, body = ''): void {
  for (const segments of [text, singleBytes(text)]) {
    const request = decode(segments)
    expect({ code: request.error?.code, status: request.error?.status }).toEqual({ code, status: 400 })
    expect(request.body).toBe(body)
    expect(request.isDone).toBe(false)
    const response = decode(segments, false)
    expect({ code: response.error?.code, status: response.error?.status }).toEqual({ code, status: 502 })
    expect(response.error?.message).toBe(request.error?.message)
  }
}

describe('ChunkedDecoder reads', () => {
  test.each([
    ['no content', '0\r\n\r\n', ''],
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['several chunks', '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n', 'abc'],
    ['hexadecimal sizes in both cases', 'a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n', '01234567890123456789a'],
    ['leading zeros', '0005\r\nhello\r\n000\r\n\r\n', 'hello'],
    ['content that looks like a chunk', '7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n', '0\r\n\r\n\r\n'],
    ['content of line breaks', '4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n'],
    ['every byte', `100\r\n${toText(Uint8Array.from({ length: 256 }, (_, i) => i))}\r\n0\r\n\r\n`, undefined],
    ['an extension', '5;a\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['an extension with a value', '5;a=b\r\nhello\r\n0;c=d\r\n\r\n', 'hello'],
    ['an extension with a quoted value', '5;a="b;\\"c\xe9"\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['several extensions with white space', '5 ; a = b\t;c ;d="e"\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['an extension of hexadecimal digits', '5;5=5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ])('%s', (_, text, body) => {
    for (const segments of [text, singleBytes(text)]) {
      const outcome = decode(segments)
      expect(outcome).toMatchObject({ isDone: true, rest: '', trailers: undefined, error: undefined })
      if (body !== undefined) expect(outcome.body).toBe(body)
      else expect(outcome.body).toHaveLength(256)
    }
  })

  test('up to the end of the body, and nothing behind it', () => {
    const text = '5\r\nhello\r\n0\r\n\r\n'
    expect(decode(`${text}GET / HTTP/1.1\r\n`)).toMatchObject({
      body: 'hello',
      rest: 'GET / HTTP/1.1\r\n',
      isDone: true,
    })
    expect(decode([text, '0\r\n\r\n'])).toMatchObject({ body: 'hello', rest: '0\r\n\r\n', isDone: true })
  })

  test('content without copying it', () => {
    const bytes = toBytes('5\r\nhello\r\n')
    const seen: Data[] = []
    new ChunkedDecoder(true).decode(Data.view(bytes, 0, bytes.length, 'call'), 0, {
      process: (event) => seen.push(event as Data),
    })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.buffer).toBe(bytes)
    expect(seen[0]?.lifetime).toBe('call')
  })

  test('a size of 2^52 - 1, the largest of thirteen digits', () => {
    expect(decode('fffffffffffff\r\nabc')).toMatchObject({ body: 'abc', error: undefined, isDone: false })
  })
})

describe('ChunkedDecoder refuses a chunk with', () => {
  test.each([
    ['no size', '\r\nhello\r\n0\r\n\r\n'],
    ['a size that is no number', 'x\r\nhello\r\n'],
    ['a size with a sign', '+5\r\nhello\r\n'],
    ['a negative size', '-5\r\nhello\r\n'],
    ['a size with the prefix of C', '0x5\r\nhello\r\n'],
    ['a decimal fraction', '5.0\r\nhello\r\n'],
    ['an underscore in its size', '1_0\r\nhello\r\n'],
    ['a space before its size', ' 5\r\nhello\r\n'],
    ['a space behind its size', '5 \r\nhello\r\n'],
    ['a tab behind its size', '5\t\r\nhello\r\n'],
    ['a space inside its size', '1 0\r\nhello\r\n'],
    ['a comma behind its size', '5,\r\nhello\r\n'],
    ['a size in quotes', '"5"\r\nhello\r\n'],
    ['an extension without a size', ';a\r\nhello\r\n'],
    ['an extension without a name', '5;\r\nhello\r\n'],
    ['an extension without a name but with a value', '5;=b\r\nhello\r\n'],
    ['an extension without its semicolon', '5a=b\r\nhello\r\n'],
    ['an extension behind a space', '5 a\r\nhello\r\n'],
    ['two semicolons', '5;;a\r\nhello\r\n'],
    ['a semicolon behind an extension', '5;a;\r\nhello\r\n'],
    ['a space behind an extension', '5;a \r\nhello\r\n'],
    ['an extension without its value', '5;a=\r\nhello\r\n'],
    ['an extension whose value is not closed', '5;a="b\r\nhello\r\n'],
    ['an extension with two values', '5;a=b=c\r\nhello\r\n'],
    ['a NUL behind its size', '5\0\r\nhello\r\n'],
    ['a NUL in an extension', '5;a\0\r\nhello\r\n'],
    ['a line feed in an extension', '5;a\nhello\r\n'],
    ['a line feed in a quoted value', '5;a="\n"\r\nhello\r\n'],
    ['a carriage return in an extension', '5;a\rb\r\nhello\r\n'],
    ['a line feed alone behind its size', '5\nhello\r\n'],
    ['a carriage return alone behind its size', '5\rhello\r\n'],
    ['two carriage returns behind its size', '5\r\r\nhello\r\n'],
    ['a line feed alone behind the last size', '0\n\r\n'],
    ['a size of fourteen digits', '10000000000000\r\n'],
    ['a size that overflows 32 bits to 5', '100000000000000005\r\nhello\r\n'],
    ['a size that overflows 64 bits to 5', '10000000000000000000000000000000000000000000000005\r\nhello\r\n'],
    ['a size of fourteen digits that is 0', '00000000000000\r\n\r\n'],
    ['digits beyond ASCII', '\xb5\r\nhello\r\n'],
  ])('%s', (_, text) => {
    refuse(text, 'MALFORMED_CHUNK')
  })

  test.each([
    ['content that is longer than its size', '5\r\nhello!\r\n0\r\n\r\n', 'hello'],
    ['content that is shorter than its size', '6\r\nhello\r\n0\r\n\r\n', 'hello\r'],
    ['a line feed alone behind its content', '5\r\nhello\n0\r\n\r\n', 'hello'],
    ['a carriage return alone behind its content', '5\r\nhello\r0\r\n\r\n', 'hello'],
    ['nothing between its content and the next size', '5\r\nhello0\r\n\r\n', 'hello'],
    ['an empty line too many behind its content', '5\r\nhello\r\n\r\n0\r\n\r\n', 'hello'],
  ])('%s', (_, text, body) => {
    refuse(text, 'MALFORMED_CHUNK', body)
  })

  test('a size line that does not end', () => {
    refuse(`5;${'a'.repeat(LIMITS.maxChunkLineBytes)}`, 'MALFORMED_CHUNK')
    refuse(`5;a="${' '.repeat(LIMITS.maxChunkLineBytes)}`, 'MALFORMED_CHUNK')
    refuse('0'.repeat(300), 'MALFORMED_CHUNK')
    expect(decode(`5;${'a'.repeat(LIMITS.maxChunkLineBytes - 1)}\r\nhello\r\n0\r\n\r\n`).isDone).toBe(true)
  })
})

describe('ChunkedDecoder reads trailers', () => {
  test.each([
    ['one', 'X: y\r\n', { x: 'y' }],
    ['several', 'X: y\r\nZ:1\r\n', { x: 'y', z: '1' }],
    ['white space around a value', 'X: \t y \t\r\n', { x: 'y' }],
    ['an empty value', 'X:\r\n', { x: '' }],
    ['a repeated one', 'X: y\r\nx: z\r\n', { x: 'y, z' }],
    ['bytes beyond ASCII in a value', 'X: \xe9\r\n', { x: '\xe9' }],
    ['colons in a value', 'X: a:b\r\n', { x: 'a:b' }],
  ])('with %s', (_, lines, trailers) => {
    for (const segments of [`0\r\n${lines}\r\n`, singleBytes(`0\r\n${lines}\r\n`)]) {
      const outcome = decode(segments)
      expect(outcome).toMatchObject({ isDone: true, error: undefined, rest: '' })
      expect({ ...outcome.trailers }).toEqual(trailers)
    }
  })

  test('with the name of something that all objects have', () => {
    const { trailers } = decode('0\r\n__proto__: a\r\nconstructor: b\r\n\r\n')
    expect(Object.entries(trailers ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })

  test.each([
    ['a line without a colon', 'X\r\n'],
    ['a space before the colon', 'X : y\r\n'],
    ['a name of nothing', ': y\r\n'],
    ['a folded line', 'X: y\r\n z\r\n'],
    ['white space before the first name', ' X: y\r\n'],
    ['a NUL', 'X: y\0\r\n'],
    ['a line feed alone', 'X: y\nZ: 1\r\n'],
    ['a line feed alone as the end', '\n'],
    ['a carriage return alone', 'X: y\rZ: 1\r\n'],
    ['a carriage return in a name', 'X\r: y\r\n'],
    ['a byte beyond ASCII in a name', '\xe9: y\r\n'],
    ['a request line', 'GET / HTTP/1.1\r\n'],
  ])('and refuses them with %s', (_, lines) => {
    refuse(`0\r\n${lines}\r\n`, 'MALFORMED_TRAILER')
  })

  test.each([
    'Transfer-Encoding: chunked',
    'transfer-encoding: identity',
    'Content-Length: 5',
    'Content-Encoding: gzip',
    'Content-Type: text/html',
    'Content-Range: bytes 0-1/2',
    'Host: b',
    'Connection: close',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'TE: trailers',
    'Trailer: X',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Max-Forwards: 0',
    'Authorization: Basic Og==',
    'Proxy-Authorization: Basic Og==',
    'Cookie: a=b',
    'Set-Cookie: a=b',
  ])('and refuses %s, which comes too late there', (line) => {
    refuse(`0\r\nX: y\r\n${line}\r\n\r\n`, 'MALFORMED_TRAILER')
  })

  test('up to maxTrailerBytes', () => {
    const filled = (size: number): string => `X: ${'y'.repeat(size - 'X: \r\n\r\n'.length)}\r\n\r\n`
    expect(decode(`0\r\n${filled(LIMITS.maxTrailerBytes)}`).isDone).toBe(true)
    refuse(`0\r\n${filled(LIMITS.maxTrailerBytes + 1)}`, 'MALFORMED_TRAILER')
    refuse(`0\r\n${'X: y\r\n'.repeat(2000)}`, 'MALFORMED_TRAILER')
  })
})
