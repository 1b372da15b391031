import { expect, test } from 'vitest'
import { Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { encodeHTTPResponse } from '../../src/filters/encode-http-response.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { answerText } from './wire/http-text.ts'

/** What came out, joined. */
function textOf(events: readonly string[]): string {
  return events
    .map((event) => (event.startsWith('data ') ? String(JSON.parse(event.slice('data '.length))) : `<${event}>`))
    .join('')
}

test('encodeHTTPResponse turns answers into bytes, and passes the end on', () => {
  const session = runPipeline([encodeHTTPResponse()])
  session.feed(new Message('hello'), new Message({ status: 204 }), new StreamEnd())
  expect(textOf(session.take())).toBe(`${answerText('hello')}HTTP/1.1 204 No Content\r\n\r\n<close>`)
})

test('encodeHTTPResponse writes answers without their bodies when it is told to, and asks about each', () => {
  const constant = runPipeline([encodeHTTPResponse({ bodiless: true })])
  expect(textOf(constant.feed(new Message('hello')).take())).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
  const answers = [true, false]
  const asked = runPipeline([encodeHTTPResponse({ bodiless: () => answers.shift() === true })])
  expect(textOf(asked.feed(new Message('a'), new Message('b')).take())).toBe(
    `${answerText('a').slice(0, -1)}${answerText('b')}`,
  )
})

test('encodeHTTPResponse fails when the function that it asks throws, and writes nothing', () => {
  const bodiless = (): boolean => {
    throw new Error('oops')
  }
  const session = runPipeline([encodeHTTPResponse({ bodiless })])
  session.feed(new Message('a'), new Message('b'))
  expect(session.take()).toEqual(['close CALLBACK_FAILED'])
})

test('encodeHTTPResponse ends the stream when an answer cannot be sent', () => {
  const session = runPipeline([encodeHTTPResponse()])
  session.feed(new MessageStart({ headers: { x: 'a\r\nb' } }), new MessageEnd(), new Message('b'))
  expect(session.take()).toEqual(['close INVALID_OUTPUT'])
})
