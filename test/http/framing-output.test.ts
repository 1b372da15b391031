import { describe, expect, test } from 'vitest'
import { Data, type HeadInit, type Headers, MessageEnd, MessageStart } from '../../src/events.ts'
import { MessageEncoder } from '../../src/http/message-encoder.ts'
import type { MessageSettings } from '../../src/http-codec.ts'
import { PLAIN_MESSAGE } from '../../src/http/message-settings.ts'
import { decodeText } from './decode-text.ts'

const ANSWER: MessageSettings = { ...PLAIN_MESSAGE, requestMethod: 'GET' }

function encode(isRequest: boolean, start: MessageStart, body: string, settings?: MessageSettings): string {
  let wire = ''
  const encoder = new MessageEncoder(isRequest, {
    process: (event) => void (wire += (event as Data).toString('latin1')),
  })
  expect(encoder.start(start, settings)).toBeUndefined()
  if (body !== '') expect(encoder.data(new Data(body))).toBeUndefined()
  expect(encoder.end(new MessageEnd())).toBeUndefined()
  return wire
}

describe('MessageEncoder writes one framing', () => {
  const BOTH: readonly Headers[] = [
    { 'Transfer-Encoding': 'chunked', 'content-length': '5' },
    { 'transfer-encoding': 'chunked', 'content-length': '5' },
    { 'transfer-encoding': 'gzip', 'content-length': '5' },
    { 'TRANSFER-ENCODING': 'chunked', 'Content-Length': '5' },
    { 'Content-Length': '5', 'CONTENT-LENGTH': '5' },
  ]

  test.each(BOTH)('of a head object that a script gave two: %o', (headers) => {
    for (const isRequest of [true, false]) {
      const first: HeadInit = isRequest ? { method: 'POST', path: '/' } : { status: 200 }
      const wire = encode(isRequest, new MessageStart({ ...first, headers: { host: 'a', ...headers } }), 'hello')
      expect(wire.match(/^(?:content-length|transfer-encoding):/gim)).toHaveLength(1)
      const { messages, error } = decodeText(wire, { isRequest })
      expect(error).toBeUndefined()
      expect(messages.map(({ body }) => body)).toEqual(['hello'])
    }
  })

  test.each(BOTH)('of an answer without a body whose head object has two: %o', (headers) => {
    for (const settings of [{ ...ANSWER, requestMethod: 'HEAD' }, ANSWER]) {
      const wire = encode(false, new MessageStart({ status: 304, headers }), '', settings)
      expect(wire.match(/^(?:content-length|transfer-encoding):/gim)?.length ?? 0).toBeLessThanOrEqual(1)
    }
  })

  test('and no length that is none, also where no body follows', () => {
    const encoder = new MessageEncoder(false, { process: () => expect.unreachable() })
    const start = new MessageStart({ status: 304, headers: { 'Content-Length': '5, 6' } })
    expect(encoder.start(start, ANSWER)).toMatchObject({ code: 'INVALID_OUTPUT' })
  })

  test('in its plain form when a script changed something else in the head', () => {
    const { messages } = decodeText('POST / HTTP/1.1\r\nHost: a\r\nContent-length:\t005\r\n\r\nhello')
    const start = new MessageStart(undefined, messages[0]?.head)
    start.head.headers['x'] = 'y'
    expect(encode(true, start, 'hello')).toBe('POST / HTTP/1.1\r\nHost: a\r\nContent-length: 5\r\nx: y\r\n\r\nhello')
  })
})
