import { describe, expect, test } from 'vitest'
import type { ProxyError } from '../../src/errors.ts'
import { Data, type Event, type HeadInit, type Headers, MessageEnd, MessageStart } from '../../src/events.ts'
import { MessageEncoder } from '../../src/http/message-encoder.ts'
import type { MessageSettings } from '../../src/http-codec.ts'
import { PLAIN_MESSAGE } from '../../src/http/message-settings.ts'
import { toText } from './bytes.ts'
import { decodeText } from './decode-text.ts'

interface Encoded {
  /** What left, as text. */
  readonly text: string
  /** What left until the end of the message was given. */
  readonly early: string
  readonly error: ProxyError | undefined
  readonly isLast: boolean
}

const FLUSH = ''

/** Encodes one message. A body piece of '' is a flush. */
function encode(
  start: MessageStart,
  pieces: readonly string[] = [],
  {
    isRequest = false,
    trailers,
    ...settings
  }: Partial<MessageSettings> & { isRequest?: boolean; trailers?: Headers } = {},
): Encoded {
  let text = ''
  const output = { process: (event: Event): void => void (text += toText((event as Data).bytes)) }
  const encoder = new MessageEncoder(isRequest, output)
  let error = encoder.start(start, { ...PLAIN_MESSAGE, ...settings })
  for (const piece of pieces) error ??= encoder.data(lend(piece))
  const early = text
  error ??= encoder.end(new MessageEnd(trailers))
  return { text, early, error, isLast: encoder.isLast }
}

/** Bytes that are good during the call only. */
function lend(text: string): Data {
  const bytes = new TextEncoder().encode(text)
  const data = Data.view(bytes, 0, bytes.length, 'call')
  queueMicrotask(() => bytes.fill(0x21))
  return data
}

const answer = (head?: HeadInit): MessageStart => new MessageStart(head)

function received(text: string, options: { isRequest?: boolean; requestMethod?: string } = {}): MessageStart {
  const { messages, error } = decodeText(text, { isRequest: false, ...options })
  expect(error).toBeUndefined()
  return new MessageStart(undefined, messages[0]?.head)
}

describe('MessageEncoder frames an answer', () => {
  test('by its length when that is given', () => {
    const { text, early } = encode(answer({ headers: { 'content-length': '5' } }), ['he', 'llo'])
    expect(text).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')
    expect(early).toBe(text)
  })

  test('by its length when that is given as a number', () => {
    expect(encode(answer({ headers: { 'content-length': 5 } as unknown as Headers }), ['hello']).text).toContain(
      'content-length: 5\r\n',
    )
  })

  test('by counting it when nothing is given and it is small', () => {
    const { text, early } = encode(answer(), ['he', 'llo'])
    expect(early).toBe('')
    expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
  })

  test('by counting nothing', () => {
    expect(encode(answer()).text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  })

  test('by chunks when they are given', () => {
    const { text, early } = encode(answer({ headers: { 'transfer-encoding': 'Chunked' } }), ['he', 'llo, llama '])
    expect(early).toBe('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nb\r\nllo, llama \r\n')
    expect(text).toBe(`${early}0\r\n\r\n`)
  })

  test('by chunks when both are given, and says nothing of a length', () => {
    const { text } = encode(answer({ headers: { 'transfer-encoding': 'chunked', 'content-length': '3' } }), ['hello'])
    expect(text).toBe('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
  })

  test('by chunks from the first flush on', () => {
    const { early } = encode(answer(), ['he', 'llo', FLUSH, '!', FLUSH, '?'])
    expect(early).toBe(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n1\r\n!\r\n1\r\n?\r\n',
    )
  })

  test('by chunks once it is longer than what is collected', () => {
    const piece = 'x'.repeat(16 * 1024)
    expect(encode(answer(), [piece, piece, piece, piece]).text).toMatch(
      /^HTTP\/1.1 200 OK\r\nContent-Length: 65536\r\n/,
    )
    const { early, text } = encode(answer(), [piece, piece, piece, piece, 'y'])
    expect(early).toMatch(/^HTTP\/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n/)
    expect(decodeText(text, { isRequest: false }).messages[0]?.body).toBe(`${piece.repeat(4)}y`)
  })

  test('of which the bytes are kept while they are collected', async () => {
    let text = ''
    const encoder = new MessageEncoder(false, { process: (event) => void (text += toText((event as Data).bytes)) })
    encoder.start(answer())
    encoder.data(lend('hello'))
    await Promise.resolve()
    encoder.end(new MessageEnd())
    expect(text).toMatch(/\r\n\r\nhello$/)
  })

  test.each([101, 103, 204])('of status %d without body and length, whatever is given', (status) => {
    const { text } = encode(answer({ status, statusText: 'S', headers: { 'content-length': '5', x: 'y' } }), ['hello'])
    expect(text).toBe(`HTTP/1.1 ${status} S\r\nx: y\r\n\r\n`)
    expect(
      encode(answer({ status, statusText: 'S', headers: { 'transfer-encoding': 'chunked' } }), ['hello']).text,
    ).toBe(`HTTP/1.1 ${status} S\r\n\r\n`)
  })

  test('of status 205 with a length of zero, whatever is given', () => {
    const { text } = encode(answer({ status: 205, headers: { 'content-length': '5' } }), ['hello'])
    expect(text).toBe('HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n')
    const forwarded = encode(received('HTTP/1.1 205 R\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'), ['a'])
    expect(forwarded.text).toBe('HTTP/1.1 205 R\r\nContent-Length: 0\r\n\r\n')
  })

  test('of status 304 without body, with the length that is given', () => {
    expect(encode(answer({ status: 304, headers: { 'content-length': '5' } }), ['hello']).text).toBe(
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n',
    )
    expect(encode(answer({ status: 304 }), ['hello']).text).toBe('HTTP/1.1 304 Not Modified\r\n\r\n')
  })
})

describe('MessageEncoder frames an answer to HEAD', () => {
  const requestMethod = 'HEAD'

  test('with the length that is given and without the body', () => {
    const { text } = encode(answer({ headers: { 'content-length': '500' } }), ['hello'], { requestMethod })
    expect(text).toBe('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n')
  })

  test('with the length of the body that it leaves out', () => {
    const { text, early } = encode(answer(), ['hel', FLUSH, 'lo'], { requestMethod })
    expect(early).toBe('')
    expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
  })

  test('as it came from the upstream', () => {
    for (const line of ['Content-Length: 500\r\n', 'Transfer-Encoding: chunked\r\n', '']) {
      const text = `HTTP/1.1 200 OK\r\n${line}X: y\r\n\r\n`
      expect(encode(received(text, { requestMethod }), [], { requestMethod }).text).toBe(text)
    }
  })

  test('as it came from the upstream but for what a script changed', () => {
    const start = received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n', { requestMethod })
    start.head.headers['x'] = 'z'
    expect(encode(start, [], { requestMethod }).text).toBe(
      'HTTP/1.1 200 OK\r\nX: z\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
  })

  test('without chunks for HTTP/1.0', () => {
    const start = received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', { requestMethod })
    expect(encode(start, [], { requestMethod, minorVersion: 0, isPersistent: false }).text).toBe(
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
    )
  })

  test('with the length of a body that a filter changed', () => {
    const source = received('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n', {
      requestMethod,
    }).source?.withUnknownLength()
    expect(encode(new MessageStart(undefined, source), ['hello'], { requestMethod }).text).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    )
  })

  test('never with a length that is none', () => {
    const { text, error } = encode(answer({ headers: { 'content-length': 'many' } }), [], { requestMethod })
    expect({ text, code: error?.code }).toEqual({ text: '', code: 'INVALID_OUTPUT' })
  })
})

describe('MessageEncoder forwards an answer', () => {
  test.each([
    ['with its length', 'Content-Length: 5\r\nX: y\r\n', 'hello'],
    ['in chunks of its own', 'X: y\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'],
  ])('%s as it came', (_, lines, body) => {
    const text = `HTTP/1.1 200 OK\r\n${lines}\r\n${body}`
    expect(encode(received(text), ['hello']).text).toBe(text)
  })

  test('that lasts until its connection ends in chunks, at once', () => {
    const { early } = encode(received('HTTP/1.1 200 OK\r\nX: y\r\n\r\n'), ['a'])
    expect(early).toBe('HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n')
  })

  test('whose body a filter changed by counting it', () => {
    for (const line of ['Content-Length: 5', 'Transfer-Encoding: chunked', 'X: y']) {
      const source = received(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`).source?.withUnknownLength()
      const { text } = encode(new MessageStart(undefined, source), ['hello!!'])
      expect(text).toMatch(/Content-Length: 7\r\n\r\nhello!!$/)
      expect(text.match(/content-length|transfer-encoding/gi)).toHaveLength(1)
    }
  })

  test('with trailers', () => {
    const start = received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    expect(encode(start, ['a'], { trailers: { 'x-sum': '1', etag: 'e' } }).text).toMatch(
      /\r\n0\r\nx-sum: 1\r\netag: e\r\n\r\n$/,
    )
  })

  test('without trailers that must not be there', () => {
    const start = answer({ headers: { 'transfer-encoding': 'chunked' } })
    const trailers = { 'Content-Length': '5', 'transfer-encoding': 'chunked', host: 'b', x: 'y', 'set-cookie': ['a'] }
    expect(encode(start, [], { trailers }).text).toMatch(/\r\n\r\n0\r\nx: y\r\n\r\n$/)
  })

  test.each(['a\r\nX: y', 'a\nb', 'a\0b', 'a\u010ab'])('never with a trailer value of %j', (value) => {
    const { text, error } = encode(answer({ headers: { 'transfer-encoding': 'chunked' } }), ['a'], {
      trailers: { x: value },
    })
    expect(error?.code).toBe('INVALID_OUTPUT')
    expect(text).toMatch(/1\r\na\r\n$/)
  })

  test('without trailers when it has a length', () => {
    const { text } = encode(answer({ headers: { 'content-length': '1' } }), ['a'], { trailers: { x: 'y' } })
    expect(text).toMatch(/\r\n\r\na$/)
  })
})

describe('MessageEncoder says that the connection', () => {
  test('is closed', () => {
    const { text, isLast } = encode(answer(), ['a'], { isPersistent: false })
    expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na')
    expect(isLast).toBe(true)
  })

  test('stays open only to HTTP/1.0, where that is not understood by itself', () => {
    expect(encode(answer(), ['a'], { minorVersion: 0 }).text).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na',
    )
    expect(encode(answer(), ['a']).text).not.toContain('Connection')
  })

  test('is what ends a body that HTTP/1.0 cannot be told the length of', () => {
    for (const start of [
      answer({ headers: { 'transfer-encoding': 'chunked' } }),
      received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
      received('HTTP/1.1 200 OK\r\n\r\n'),
    ]) {
      const { text, isLast, error } = encode(start, ['he', 'llo'], { minorVersion: 0 })
      expect({ text, isLast, error }).toEqual({
        text: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello',
        isLast: true,
        error: undefined,
      })
    }
    expect(encode(answer(), ['he', FLUSH, 'llo'], { minorVersion: 0 })).toMatchObject({
      text: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello',
      isLast: true,
    })
  })

  test('is what the head object says about it is not: that field is its own', () => {
    const { text } = encode(answer({ headers: { connection: 'close', 'keep-alive': 'timeout=5' } }), ['a'])
    expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na')
  })
})

describe('MessageEncoder frames a request', () => {
  const isRequest = true

  test('without a body by nothing', () => {
    expect(encode(answer({ headers: { host: 'a' } }), [], { isRequest }).text).toBe('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const text = 'DELETE /b HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(encode(received(text, { isRequest }), [], { isRequest }).text).toBe(text)
  })

  test.each(['POST', 'PUT', 'PATCH'])('%s without a body by a length of zero', (method) => {
    const head = { method, headers: { host: 'a' } }
    expect(encode(answer(head), [], { isRequest }).text).toBe(
      `${method} / HTTP/1.1\r\nhost: a\r\nContent-Length: 0\r\n\r\n`,
    )
    const start = received(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`, { isRequest })
    expect(encode(start, [], { isRequest }).text).toBe(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`)
  })

  test('with a body by its length, by counting, or by chunks', () => {
    const text = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'
    expect(encode(received(text, { isRequest }), ['hello'], { isRequest }).text).toBe(text)
    expect(encode(answer({ headers: { host: 'a' } }), ['hello'], { isRequest }).text).toBe(
      'GET / HTTP/1.1\r\nhost: a\r\nContent-Length: 5\r\n\r\nhello',
    )
    expect(
      encode(answer({ headers: { host: 'a', 'transfer-encoding': 'chunked' } }), ['hello'], { isRequest }).text,
    ).toBe('GET / HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
  })

  test('with no word about the connection', () => {
    expect(encode(answer({ headers: { connection: 'close' } }), [], { isRequest })).toMatchObject({ isLast: false })
    expect(encode(answer({ headers: { connection: 'close' } }), [], { isRequest }).text).not.toContain('onnection')
  })
})

describe('MessageEncoder gives back', () => {
  test('LENGTH_MISMATCH for a body that is too long, of which nothing more leaves', () => {
    const { text, error } = encode(answer({ headers: { 'content-length': '4' } }), ['he', 'llo'])
    expect({ code: error?.code, status: error?.status }).toEqual({ code: 'LENGTH_MISMATCH', status: 502 })
    expect(error?.message).toBe('Cannot send body: it has 1 bytes more than its Content-Length says')
    expect(text).toMatch(/\r\n\r\nhe$/)
  })

  test('LENGTH_MISMATCH for a body that is too short', () => {
    const { error } = encode(answer({ headers: { 'content-length': '6' } }), ['hello'])
    expect(error?.message).toBe('Cannot send body: it has 1 bytes less than its Content-Length says')
    expect(encode(received('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n'), []).error?.code).toBe('LENGTH_MISMATCH')
  })

  test.each(['five', '+5', '-5', '5, 5', '', '5.5', '1e3', ' 5', '9007199254740992', true, {}, Number.NaN, -1, 1.5])(
    'INVALID_OUTPUT for a content-length of %j, of which nothing leaves',
    (value) => {
      const { text, error } = encode(answer({ headers: { 'content-length': value as string } }), ['hello'])
      expect({ text, code: error?.code }).toEqual({ text: '', code: 'INVALID_OUTPUT' })
    },
  )

  test.each([
    ['counted', {}, ['hello']],
    ['flushed', {}, ['hello', FLUSH]],
    ['collected until it is too long', {}, ['x'.repeat(40_000), 'x'.repeat(40_000)]],
    ['in chunks', { 'transfer-encoding': 'chunked' }, ['hello']],
    ['of a length', { 'content-length': '5' }, ['hello']],
  ] as [string, Record<string, string>, string[]][])(
    'INVALID_OUTPUT for a head that cannot be sent, before any byte leaves, when the body is %s',
    (_, headers, pieces) => {
      const { text, error } = encode(answer({ headers: { ...headers, x: 'a\r\nb' } }), pieces)
      expect({ text, code: error?.code }).toEqual({ text: '', code: 'INVALID_OUTPUT' })
    },
  )
})

describe('MessageEncoder encodes one message after the other', () => {
  test('without mixing them', () => {
    let text = ''
    const encoder = new MessageEncoder(false, { process: (event) => void (text += toText((event as Data).bytes)) })
    const send = (head: HeadInit, body: string): void => {
      expect(encoder.start(answer(head))).toBeUndefined()
      expect(encoder.data(lend(body))).toBeUndefined()
      expect(encoder.end(new MessageEnd())).toBeUndefined()
    }
    send({}, 'a')
    send({ headers: { 'transfer-encoding': 'chunked' } }, 'b')
    send({ headers: { 'content-length': '1' } }, 'c')
    send({ status: 204 }, 'd')
    send({}, 'e')
    expect(decodeText(text, { isRequest: false }).messages.map(({ body }) => body)).toEqual(['a', 'b', 'c', '', 'e'])
  })

  test('and forgets what it collected of one that was given up', () => {
    let text = ''
    const encoder = new MessageEncoder(false, { process: (event) => void (text += toText((event as Data).bytes)) })
    encoder.start(answer())
    encoder.data(lend('given up'))
    expect(encoder.hasWrittenHead).toBe(false)
    encoder.start(answer({ status: 500 }))
    encoder.data(lend('instead'))
    encoder.end(new MessageEnd())
    expect(text).toBe('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 7\r\n\r\ninstead')
    expect(encoder.hasWrittenHead).toBe(true)
  })
})
