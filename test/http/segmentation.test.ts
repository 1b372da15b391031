import { describe, expect, test } from 'vitest'
import { decodeText, type DecodeTextOptions, toPlain } from './decode-text.ts'
import { singleBytes, threePieces, twoPieces } from './segments.ts'

/** The number of cuts into three grows with the square of the length. */
const MAX_CUT_IN_THREE = 60
const LIMITS = { maxHeaderBytes: 64, maxHeaderCount: 3, maxTargetBytes: 16 }

const REQUESTS: readonly string[] = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\nGET /b?c HTTP/1.0\r\nX:  y \r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost:b\r\n\r\n',
  'PUT http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
  'PUT / HTTP/1.1\r\nHost:a\r\nContent-Length: 2\r\n\r\nab\r\nGET / HTTP/1.1\r\nHost:a\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\nX / HTTP/1.1\r\nHost:a\r\n\r\n',
]

const REFUSED_REQUESTS: readonly string[] = [
  'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.2\r\nHost: a\r\n\r\n',
  'GET / HTTP/x.1\r\nHost: a\r\n\r\n',
  'GET / HTTPS/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
  'GET / HTTP/1.1\r\nX: y\r\n\r\n',
  'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello',
  '\rGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /56789012345678901 HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: 90123456789012345678901234567890123456789012345678901234567\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\nC:\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n5\nhello\r\n0\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n0\r\nHost: b\r\n\r\n',
  'P / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:chunked\r\n\r\n0\r\n\nGET',
  'PUT / HTTP/1.1\r\nHost:a\r\nContent-Length: 2\r\n\r\nab garbage / HTTP/1.1\r\n\r\n',
]

const RESPONSES: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab',
  'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\nHTTP/1.0 304 N\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nuntil the end',
]

const REFUSED_RESPONSES: readonly string[] = [
  'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n',
  'HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\ngarbage behind the answer',
]

function sameInAnyCut(text: string, options: DecodeTextOptions): void {
  const ends = { ...options, limits: LIMITS, ends: true }
  const whole = toPlain(decodeText(text, ends))
  expect(toPlain(decodeText(singleBytes(text), ends))).toEqual(whole)
  const outcome = JSON.stringify(whole)
  const differing = (cuts: Iterable<readonly string[]>): readonly string[] | undefined => {
    for (const cut of cuts) if (JSON.stringify(toPlain(decodeText(cut, ends))) !== outcome) return cut
    return undefined
  }
  expect(differing(twoPieces(text))).toBeUndefined()
  if (text.length <= MAX_CUT_IN_THREE) expect(differing(threePieces(text))).toBeUndefined()
}

describe('MessageDecoder gives the same, however the bytes are cut into segments, for', () => {
  test.each(REQUESTS)('%j', (text) => {
    expect(decodeText(text, { limits: LIMITS, ends: true }).error).toBeUndefined()
    sameInAnyCut(text, {})
  })

  test.each(REFUSED_REQUESTS)('what it refuses: %j', (text) => {
    expect(decodeText(text, { limits: LIMITS }).error).toBeDefined()
    sameInAnyCut(text, {})
  })

  test.each(RESPONSES)('the answer %j', (text) => {
    expect(decodeText(text, { isRequest: false, limits: LIMITS, ends: true }).error).toBeUndefined()
    sameInAnyCut(text, { isRequest: false })
  })

  test.each(REFUSED_RESPONSES)('the answer that it refuses: %j', (text) => {
    expect(decodeText(text, { isRequest: false, limits: LIMITS }).error).toBeDefined()
    sameInAnyCut(text, { isRequest: false })
  })
})
