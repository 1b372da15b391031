import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { decodeText } from './decode-text.ts'

const REQUEST = 'POST / HTTP/1.1\r\nHost: a\r\n'
const RESPONSE = 'HTTP/1.1 200 OK\r\n'

/** Header lines that nobody may frame a message by: neither a request nor an answer, and with no body let through. */
function refuse(lines: string, code: ErrorCode, status = 400): void {
  const body = '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
  const request = decodeText(`${REQUEST}${lines}\r\n\r\n${body}`)
  expect({ code: request.error?.code, status: request.error?.status }).toEqual({ code, status })
  expect(request.messages).toEqual([])
  const response = decodeText(`${RESPONSE}${lines}\r\n\r\n${body}`, { isRequest: false })
  expect({ code: response.error?.code, source: response.error?.source }).toEqual({ code, source: 'upstream' })
  expect(response.messages).toEqual([])
}

describe('Content-Length', () => {
  test.each([
    ['0', 0],
    ['5', 5],
    ['005', 5],
    ['00000000000000000000000000000005', 5],
    ['9007199254740991', 9007199254740991],
  ])('is read from %j', (value, length) => {
    const { messages, error } = decodeText(`${REQUEST}Content-Length: ${value}\r\n\r\n`)
    expect(error).toBeUndefined()
    expect(messages[0]?.head.contentLength).toBe(length)
  })

  test.each([
    '',
    '+5',
    '-5',
    '-0',
    '+0',
    '5.0',
    '5e0',
    '0x5',
    '0b1',
    '0o7',
    '1_000',
    '1,000',
    '5 5',
    '5\t5',
    '5, 5',
    '5,5',
    '5;5',
    '5 ;',
    '"5"',
    "'5'",
    'five',
    'NaN',
    'Infinity',
    '5 bytes',
    '5a',
    'a5',
    '5\x80',
    '\xa05',
    '5\xa0',
    '\xb2',
    '\xbd',
    '9007199254740992',
    '18446744073709551615',
    '18446744073709551616',
    '18446744073709551621',
    '99999999999999999999999999',
    '1'.repeat(1000),
  ])('is refused as %j', (value) => {
    refuse(`Content-Length: ${value}`, 'INVALID_CONTENT_LENGTH')
  })

  test('is refused with a NUL or a vertical tab inside, as every field is', () => {
    refuse('Content-Length: 5\0', 'MALFORMED_HEADER')
    refuse('Content-Length: \v5', 'MALFORMED_HEADER')
  })

  test.each([
    ['twice', 'Content-Length: 5\r\nContent-Length: 6'],
    ['twice with the same value', 'Content-Length: 5\r\nContent-Length: 5'],
    ['twice in different case', 'Content-Length: 5\r\ncontent-length: 5'],
    ['twice, the second one empty', 'Content-Length: 5\r\nContent-Length:'],
    ['twice, the first one empty', 'Content-Length:\r\nContent-Length: 5'],
    ['twice, both zero', 'Content-Length: 0\r\nContent-Length: 0'],
    ['with other fields between', 'Content-Length: 5\r\nX: y\r\nContent-Length: 5'],
  ])('is refused when it comes %s', (_, lines) => {
    refuse(lines, 'INVALID_CONTENT_LENGTH')
  })

  test.each([
    ['a name that is a bit longer', 'Content-Lengths: 5'],
    ['a name with an underscore', 'Content_Length: 5'],
    ['a name with a prefix', 'X-Content-Length: 5'],
  ])('is not meant by %s', (_, line) => {
    const { messages } = decodeText(`${REQUEST}${line}\r\n\r\n`)
    expect(messages[0]?.head.contentLength).toBe(-1)
  })

  test('of an error is quoted up to 64 characters', () => {
    const { error } = decodeText(`${REQUEST}Content-Length: ${'x'.repeat(500)}\r\n\r\n`)
    expect(error?.message).toBe(`Cannot read Content-Length "${'x'.repeat(64)}": expected digits, up to 2^53-1`)
  })
})

describe('Transfer-Encoding', () => {
  test.each(['chunked', 'Chunked', 'CHUNKED', ' \tchunked \t'])('is read from %j', (value) => {
    const { messages, error } = decodeText(`${REQUEST}Transfer-Encoding:${value}\r\n\r\n1\r\na\r\n0\r\n\r\n`)
    expect(error).toBeUndefined()
    expect(messages).toMatchObject([{ body: 'a', isOver: true }])
  })

  test.each([
    '',
    ',',
    'chunked,',
    ',chunked',
    'chunked, chunked',
    'chunked,chunked',
    'identity',
    'identity, chunked',
    'chunked, identity',
    'chunked, gzip',
    'chunked, gzip, chunked',
    'x-chunked',
    'xchunked',
    'chunkedx',
    'chunk',
    'chunked;q=1',
    'chunked; a=b',
    '"chunked"',
    "'chunked'",
    'chunked chunked',
    'chunked gzip',
    'gzip',
    'gzip;q=1, chunked',
    'cow',
    'cow, chunked',
    'chun\tked',
    '\xa0chunked',
    'chunked\xa0',
    'chunke\xd0',
    '[chunked]',
    '(comment) chunked',
    'chunked\\',
  ])('is refused as %j', (value) => {
    refuse(`Transfer-Encoding: ${value}`, 'INVALID_TRANSFER_ENCODING')
  })

  test.each(['gzip, chunked', 'deflate,chunked', 'compress, chunked', 'x-gzip , chunked', 'gzip, deflate, Chunked'])(
    'is refused as %j with 501, since it is right and not understood',
    (value) => {
      refuse(`Transfer-Encoding: ${value}`, 'UNSUPPORTED_TRANSFER_CODING', 501)
    },
  )

  test.each([
    ['a space before the colon', 'Transfer-Encoding : chunked'],
    ['a tab before the colon', 'Transfer-Encoding\t: chunked'],
    ['a NUL behind it', 'Transfer-Encoding: chunked\0'],
    ['a vertical tab before it', 'Transfer-Encoding: \x0bchunked'],
    ['a form feed before it', 'Transfer-Encoding: \x0cchunked'],
    ['a carriage return before it', 'Transfer-Encoding: \rchunked'],
    ['a line feed before it', 'Transfer-Encoding: \nchunked'],
    ['a line feed alone before its line', 'X: a\nTransfer-Encoding: chunked'],
    ['a carriage return alone before its line', 'X: a\rTransfer-Encoding: chunked'],
    ['white space before its name', ' Transfer-Encoding: chunked'],
    ['a NUL in its name', 'Transfer\0Encoding: chunked'],
    ['a backspace in its name', 'Transfer-Encoding\b: chunked'],
    ['a byte beyond ASCII behind its name', 'Transfer-Encoding\xa0: chunked'],
  ])('is refused with %s', (_, lines) => {
    refuse(lines, 'MALFORMED_HEADER')
  })

  test.each([
    ['twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['twice, identity behind', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
    ['twice, identity before', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'],
    ['twice, an empty one behind', 'Transfer-Encoding: chunked\r\nTransfer-Encoding:'],
    ['twice in different case', 'Transfer-Encoding: chunked\r\ntransfer-encoding: chunked'],
    ['twice, codings that would make a list', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip, chunked'],
  ])('is refused when it comes %s', (_, lines) => {
    refuse(lines, 'INVALID_TRANSFER_ENCODING')
  })

  test.each([
    ['behind Content-Length', 'Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['before Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 5'],
    ['with a Content-Length of zero', 'Transfer-Encoding: chunked\r\nContent-Length: 0'],
    ['with something between', 'Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 5'],
    ['in other case', 'TRANSFER-ENCODING: CHUNKED\r\ncontent-length: 5'],
  ])('is refused together with Content-Length: %s', (_, lines) => {
    refuse(lines, 'INVALID_TRANSFER_ENCODING')
  })

  test('is refused on a folded line, which is empty by itself', () => {
    refuse('Transfer-Encoding:\r\n chunked', 'INVALID_TRANSFER_ENCODING')
    refuse('Transfer-Encoding:\r\n\tchunked', 'INVALID_TRANSFER_ENCODING')
    refuse('Transfer-Encoding: chunked\r\n , identity', 'MALFORMED_HEADER')
  })

  test('is refused together with a Content-Length that is none', () => {
    refuse('Transfer-Encoding: chunked\r\nContent-Length: +5', 'INVALID_CONTENT_LENGTH')
    refuse('Content-Length: 5\r\nTransfer-Encoding: identity', 'INVALID_TRANSFER_ENCODING')
    refuse('Content-Length: 5\r\nTransfer-Encoding:', 'INVALID_TRANSFER_ENCODING')
  })

  test('is refused in HTTP/1.0, which does not have it', () => {
    const lines = 'Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    const request = decodeText(`POST / HTTP/1.0\r\n${lines}`)
    expect({ code: request.error?.code, status: request.error?.status }).toEqual({
      code: 'INVALID_TRANSFER_ENCODING',
      status: 400,
    })
    const response = decodeText(`HTTP/1.0 200 OK\r\n${lines}`, { isRequest: false })
    expect({ code: response.error?.code, status: response.error?.status }).toEqual({
      code: 'INVALID_TRANSFER_ENCODING',
      status: 502,
    })
  })

  test('is not meant by a name that looks like it', () => {
    for (const line of [
      'Transfer_Encoding: chunked',
      'X-Transfer-Encoding: chunked',
      'Transfer-Encodin: chunked',
      'TE: chunked',
    ]) {
      const { messages, error } = decodeText(`${REQUEST}${line}\r\n\r\n`)
      expect(error).toBeUndefined()
      expect(messages[0]?.head.isChunked).toBe(false)
    }
  })
})
