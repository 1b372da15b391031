import { describe, expect, test } from 'vitest'
import { Data, type Head, type HeadSource, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'

/** A decoded head that counts how often the object was built. */
class CountingSource implements HeadSource {
  count = 0

  toHead(): Head {
    this.count++
    return { headers: { host: `h${this.count}` } }
  }

  withUnknownLength(): HeadSource {
    return this
  }
}

describe('MessageStart', () => {
  test('has the head that it was given', () => {
    const head = { headers: {}, status: 404 }
    const start = new MessageStart(head)
    expect([start.type, start.head, start.isHeadRead, start.source]).toEqual(['MessageStart', head, true, undefined])
    expect(start.head).toBe(head)
  })

  test('has no head when it was given none', () => {
    for (const start of [new MessageStart(), new MessageStart(null)]) {
      expect([start.head, start.isHeadRead]).toEqual([undefined, false])
    }
  })

  test('builds the head of its source when it is first read, once', () => {
    const source = new CountingSource()
    const start = new MessageStart(undefined, source)
    expect([start.isHeadRead, source.count]).toEqual([false, 0])
    const { head } = start
    expect(start.head).toBe(head)
    expect([head.headers.host, start.isHeadRead, source.count]).toEqual(['h1', true, 1])
  })

  test('has the head that was set, whatever its source says', () => {
    const source = new CountingSource()
    const start = new MessageStart(undefined, source)
    start.head = { headers: { host: 'set' } }
    expect([start.head.headers.host, start.isHeadRead, source.count]).toEqual(['set', true, 0])
  })
})

test('MessageEnd has the tail that it was given', () => {
  const tail = { 'x-checksum': '1' }
  expect(new MessageEnd(tail).tail).toBe(tail)
  expect([new MessageEnd().tail, new MessageEnd(null).tail, new MessageEnd().type]).toEqual([
    undefined,
    undefined,
    'MessageEnd',
  ])
})

describe('StreamEnd', () => {
  test.each([undefined, null, ''])('ended in good order when its error is %o', (error) => {
    expect([new StreamEnd(error).error, new StreamEnd().type]).toEqual([undefined, 'StreamEnd'])
  })

  test.each([new Error('x'), 'ConnectionRefused', 0, false, {}])('keeps the error %o as it is', (error) => {
    expect(new StreamEnd(error).error).toBe(error)
  })
})

describe('new Message', () => {
  const head = { status: 200, headers: { 'content-type': 'text/plain' } }
  const data = new Data('body')
  const shape = ({ head: made, body, tail }: Message): unknown[] => [made, body?.toString(), tail]

  test.each<[string, Message, unknown[]]>([
    ['()', new Message(), [undefined, undefined, undefined]],
    ['(null)', new Message(null), [undefined, undefined, undefined]],
    ["('text')", new Message('text'), [undefined, 'text', undefined]],
    ["('')", new Message(''), [undefined, '', undefined]],
    ['(data)', new Message(data), [undefined, 'body', undefined]],
    ['(head)', new Message(head), [head, undefined, undefined]],
    ["(head, 'text')", new Message(head, 'text'), [head, 'text', undefined]],
    ['(head, data)', new Message(head, data), [head, 'body', undefined]],
    ['(head, bytes)', new Message(head, Uint8Array.of(97)), [head, 'a', undefined]],
    ['(head, null)', new Message(head, null), [head, undefined, undefined]],
    ["(null, 'text')", new Message(null, 'text'), [undefined, 'text', undefined]],
    ["(head, 'text', tail)", new Message(head, 'text', { a: 'b' }), [head, 'text', { a: 'b' }]],
    ['(head, null, null)', new Message(head, null, null), [head, undefined, undefined]],
  ])('%s', (_, message, expected) => {
    expect(shape(message)).toEqual(expected)
  })

  test('keeps the very head and Data that it was given, and copies bytes', () => {
    const bytes = Uint8Array.of(97)
    const message = new Message(head, bytes)
    bytes[0] = 98
    expect(message.head).toBe(head)
    expect(message.body?.toString()).toBe('a')
    expect(new Message(data).body).toBe(data)
  })

  test.each<[string, () => Message]>([
    ['a number as a body', () => new Message({}, 5 as never)],
    ['an object as a body', () => new Message({}, {} as never)],
    ['a number alone', () => new Message(5 as never)],
    ['a boolean alone', () => new Message(true as never)],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(TypeError)
  })
})
