import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { StreamEnd } from '../../src/events.ts'
import { decodeHTTPResponse } from '../../src/filters/decode-http-response.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { answerText } from './wire/http-text.ts'

describe('decodeHTTPResponse', () => {
  test('turns bytes into answers', () => {
    const session = runPipeline([decodeHTTPResponse()])
    session.feed(
      answerText('a'),
      'HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n',
    )
    expect(session.take()).toEqual(['start 200', 'data "a"', 'end', 'start 204', 'end', 'start 200', 'data "b"', 'end'])
  })

  test('reads an answer without a length up to the end of the stream', () => {
    const session = runPipeline([decodeHTTPResponse()])
    session.feed('HTTP/1.1 200 OK\r\n\r\nhel', 'lo', new StreamEnd())
    expect(session.take()).toEqual(['start 200', 'data "hel"', 'data "lo"', 'end', 'close'])
  })

  test('reads answers without their bodies when it is told to', () => {
    const session = runPipeline([decodeHTTPResponse({ bodiless: true })])
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
    session.feed(head + head)
    expect(session.take()).toEqual(['start 200', 'end', 'start 200', 'end'])
  })

  test('asks about each answer whether it has a body, also when several come at once', () => {
    const answers = [true, false, true]
    const session = runPipeline([decodeHTTPResponse({ bodiless: () => answers.shift() === true })])
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
    session.feed(`${head}${head}hello${head}`)
    expect(session.take()).toEqual(['start 200', 'end', 'start 200', 'data "hello"', 'end', 'start 200', 'end'])
  })

  test('fails when the function that it asks throws', () => {
    const bodiless = (): boolean => {
      throw new Error('oops')
    }
    const session = runPipeline([decodeHTTPResponse({ bodiless })])
    session.feed(answerText('a'), answerText('b'))
    expect(session.take()).toEqual(['close CALLBACK_FAILED'])
    expect(session.proxy.log.messages('error')).toHaveLength(1)
  })

  test.each([
    ['CONNECTION_REFUSED', 502, 'Connection Refused'],
    ['CANNOT_RESOLVE', 502, 'Cannot Resolve'],
    ['CONNECT_TIMEOUT', 504, 'Connection Timeout'],
    ['CONNECTION_RESET', 502, 'Read Error'],
  ] as const)('answers for a stream that ends with %s before an answer', (code, status, text) => {
    const session = runPipeline([decodeHTTPResponse()])
    session.feed(new StreamEnd(new ProxyError(code, 'no')))
    expect(session.take()).toEqual([`start ${status}`, `data ${JSON.stringify(`${text}\n`)}`, 'end', `close ${code}`])
  })

  test('does not answer for a stream that ends with an error inside an answer', () => {
    const session = runPipeline([decodeHTTPResponse()])
    session.feed(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel',
      new StreamEnd(new ProxyError('CONNECTION_RESET', 'no')),
    )
    expect(session.take()).toEqual(['start 200', 'data "hel"', 'close CONNECTION_RESET'])
  })

  test('ends the stream with the error when that ends inside an answer, or is no HTTP', () => {
    const truncated = runPipeline([decodeHTTPResponse()])
    expect(truncated.feed('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', new StreamEnd()).take().at(-1)).toBe(
      'close TRUNCATED_MESSAGE',
    )
    const nonsense = runPipeline([decodeHTTPResponse()])
    expect(nonsense.feed('nonsense\r\n', new StreamEnd()).take()).toEqual(['close MALFORMED_START_LINE'])
  })
})
