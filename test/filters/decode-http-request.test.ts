import { expect, test } from 'vitest'
import { Data, StreamEnd } from '../../src/events.ts'
import { decodeHTTPRequest } from '../../src/filters/decode-http-request.ts'
import { runPipeline } from '../support/run-pipeline.ts'

const GET = 'GET /b HTTP/1.1\r\nHost: a\r\n\r\n'

test('decodeHTTPRequest turns bytes into requests, and passes flushes and the end on', () => {
  const session = runPipeline([decodeHTTPRequest()])
  session.feed(new Data(), `${GET}PUT /c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel`, 'lo', new StreamEnd())
  expect(session.take()).toEqual([
    'flush',
    'start GET /b',
    'end',
    'start PUT /c',
    'data "hel"',
    'data "lo"',
    'end',
    'close',
  ])
})

test('decodeHTTPRequest gives the trailers of a body in chunks', () => {
  const session = runPipeline([decodeHTTPRequest()])
  session.feed('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n')
  expect(session.take()).toEqual(['start PUT /', 'data "a"', 'end {"x":"y"}'])
})

test('decodeHTTPRequest ends the stream with the error when the bytes are no HTTP, and takes nothing more', () => {
  const session = runPipeline([decodeHTTPRequest()])
  session.feed(`${GET}nonsense\r\n\r\n`, GET, new StreamEnd())
  expect(session.take()).toEqual(['start GET /b', 'end', 'close MALFORMED_START_LINE'])
})

test.each(['GET / HT', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel'])(
  'decodeHTTPRequest ends the stream with the error when it ends inside a request: %j',
  (text) => {
    const session = runPipeline([decodeHTTPRequest()])
    session.feed(text, new StreamEnd())
    expect(session.take().at(-1)).toBe('close TRUNCATED_MESSAGE')
  },
)

test('decodeHTTPRequest passes the error of a stream on as it is', () => {
  const session = runPipeline([decodeHTTPRequest()])
  expect(session.feed('GET /', new StreamEnd(new Error('oops'))).take()).toEqual(['close Error: oops'])
})
