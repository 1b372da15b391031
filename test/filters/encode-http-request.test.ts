import { expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { decodeHTTPRequest } from '../../src/filters/decode-http-request.ts'
import { encodeHTTPRequest } from '../../src/filters/encode-http-request.ts'
import { runPipeline, type Session } from '../support/run-pipeline.ts'

/** The bytes that came out, as one text, and what else came. */
function takeText(session: Session): { readonly text: string; readonly others: string[] } {
  const events = session.take()
  const isData = (event: string): boolean => event.startsWith('data ')
  const text = events
    .filter(isData)
    .map((event) => String(JSON.parse(event.slice('data '.length))))
    .join('')
  return { text, others: events.filter((event) => !isData(event)) }
}

test('encodeHTTPRequest turns requests into bytes, and passes the end on', () => {
  const session = runPipeline([encodeHTTPRequest()])
  session.feed(
    new Message({ method: 'PUT', path: '/b', headers: { host: 'a' } }, 'hello'),
    new Message({ headers: { host: 'a' } }),
    new StreamEnd(),
  )
  expect(takeText(session)).toEqual({
    text: 'PUT /b HTTP/1.1\r\nhost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nhost: a\r\n\r\n',
    others: ['close'],
  })
})

test('encodeHTTPRequest writes decoded requests as they came', () => {
  const session = runPipeline([decodeHTTPRequest(), encodeHTTPRequest()])
  const text = 'PUT /b HTTP/1.1\r\nhOsT: a\r\nContent-LENGTH: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost:b\r\n\r\n'
  expect(takeText(session.feed(text)).text).toBe(text)
})

test('encodeHTTPRequest ignores what is outside of messages', () => {
  const session = runPipeline([encodeHTTPRequest()])
  expect(session.feed(new Data('a'), new MessageEnd()).take()).toEqual([])
})

test.each([
  ['cannot be sent', new MessageStart({ path: '/a b' }), 'close INVALID_OUTPUT'],
  [
    'is shorter than its length',
    new MessageStart({ headers: { host: 'a', 'content-length': '5' } }),
    'close LENGTH_MISMATCH',
  ],
])('encodeHTTPRequest ends the stream when a request %s, and sends nothing more', (_, start, end) => {
  const session = runPipeline([encodeHTTPRequest()])
  session.feed(start, new MessageEnd(), new Message({ headers: { host: 'a' } }), new StreamEnd())
  expect(takeText(session).others).toEqual([end])
})
