import { describe, expect, test } from 'vitest'
import { decodeText } from './decode-text.ts'

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
const ANSWER_HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const FAULTS = [
  'x\r\n',
  '5\r\nhello\r\nx\r\n',
  '5\r\nhelloo\r\n',
  '5\nhello',
  '5;\r\nhello',
  '0\r\nHost: a\r\n\r\n',
  '0\r\n\n',
]

describe('MessageDecoder gives out nothing of a chunked message that comes with its fault:', () => {
  test.each(FAULTS)('%j', (body) => {
    for (const [head, isRequest] of [
      [HEAD, true],
      [ANSWER_HEAD, false],
    ] as const) {
      const { messages, error } = decodeText(head + body, { isRequest })
      expect(messages).toEqual([])
      expect(error?.code).toMatch(/^MALFORMED_(?:CHUNK|TRAILER)$/)
      expect(error?.status).toBe(isRequest ? 400 : 502)
    }
  })

  test.each(FAULTS)('%j, when the head came in pieces', (body) => {
    const { messages, error } = decodeText([HEAD.slice(0, 10), HEAD.slice(10) + body])
    expect(messages).toEqual([])
    expect(error?.status).toBe(400)
  })

  test('but all messages before it', () => {
    const { messages, error } = decodeText(`${HEAD}5\r\nhello\r\n0\r\n\r\n${HEAD}x\r\n`)
    expect(messages).toMatchObject([{ body: 'hello', isOver: true }])
    expect(error?.code).toBe('MALFORMED_CHUNK')
  })
})

test('MessageDecoder gives out the head when the fault comes later', () => {
  const { messages, error } = decodeText([`${HEAD}5\r\nhel`, 'lo\r\nx\r\n'])
  expect(messages).toMatchObject([{ body: 'hello', isOver: false }])
  expect(error?.code).toBe('MALFORMED_CHUNK')
})

test('MessageDecoder gives out each byte once of a chunked body that comes with its head', () => {
  const { messages, error } = decodeText([`${HEAD}5\r\nhello\r\n3\r\nab`, 'c\r\n0\r\nX: y\r\n\r\n'])
  expect(error).toBeUndefined()
  expect(messages).toMatchObject([{ body: 'helloabc', trailers: { x: 'y' }, isOver: true }])
})
