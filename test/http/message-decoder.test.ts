import { describe, expect, test } from 'vitest'
import { Data, type Event } from '../../src/events.ts'
import { MessageDecoder } from '../../src/http/message-decoder.ts'
import { toBytes, toText } from './bytes.ts'
import { decodeText } from './decode-text.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** The framing table of RFC 9112 6.3 from the side of the reader of answers. */
function readAnswer(head: string, rest: string, requestMethod = 'GET', ends = true): unknown {
  const { messages, error } = decodeText(`${head}\r\n\r\n${rest}`, { isRequest: false, requestMethod, ends })
  return {
    bodies: messages.map(({ body, isOver }) => (isOver ? body : `${body}…`)),
    error: error?.code,
  }
}

describe('MessageDecoder reads a request', () => {
  test('without Content-Length and Transfer-Encoding as one without a body', () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'BREW']) {
      const { messages } = decodeText(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`)
      expect(messages).toMatchObject([
        { body: '', isOver: true },
        { body: '', isOver: true },
      ])
    }
  })

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST'])('%s with the body that its length tells', (method) => {
    const { messages } = decodeText(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${GET}`)
    expect(messages).toMatchObject([
      { body: 'hello', isOver: true },
      { body: '', isOver: true },
    ])
  })

  test('with a length of zero', () => {
    const { messages } = decodeText(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n${GET}`)
    expect(messages).toMatchObject([
      { body: '', isOver: true },
      { body: '', isOver: true },
    ])
  })

  test('in chunks, with its trailers', () => {
    const text =
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n'
    const { messages } = decodeText(text + GET)
    expect(messages).toMatchObject([{ body: 'hello!', trailers: { x: 'y' }, isOver: true }, { isOver: true }])
    expect(messages[1]?.trailers).toBeUndefined()
  })

  test('with a body that looks like a request', () => {
    const { messages } = decodeText(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${GET.length}\r\n\r\n${GET}`)
    expect(messages).toMatchObject([{ body: GET }])
  })

  test('never until the connection ends', () => {
    const { messages, error } = decodeText('POST / HTTP/1.0\r\n\r\nhello', { ends: true })
    expect(messages).toMatchObject([{ body: '', isOver: true }])
    expect(error?.code).toBe('TRUNCATED_MESSAGE')
  })

  test('in the order of the bytes: what is wrong in the third leaves the first two alone', () => {
    const { messages, error } = decodeText(`${GET}${GET}GET / HTTP/1.1\r\n\r\n${GET}`)
    expect(messages).toHaveLength(2)
    expect(error?.code).toBe('INVALID_HOST')
  })
})

describe('MessageDecoder reads an answer', () => {
  test.each([
    ['of a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5', 'hello', ['hello']],
    ['of length zero', 'HTTP/1.1 200 OK\r\nContent-Length: 0', '', ['']],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n', ['hello']],
    ['until the connection ends', 'HTTP/1.1 200 OK', 'hello', ['hello']],
    ['until the connection ends, without any body', 'HTTP/1.1 200 OK', '', ['']],
    [
      'of HTTP/1.0 until the connection ends',
      'HTTP/1.0 200 OK',
      'HTTP/1.1 200 OK\r\n\r\n',
      ['HTTP/1.1 200 OK\r\n\r\n'],
    ],
    ['that is an error with a body', 'HTTP/1.1 500 Oops\r\nContent-Length: 5', 'hello', ['hello']],
    ['with status 205 by its length', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 5', 'hello', ['hello']],
    ['with status 204, which has no body', 'HTTP/1.1 204 No Content\r\nContent-Length: 5', '', ['']],
    ['with status 204 in chunks, which has no body', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked', '', ['']],
    ['with status 304, which has no body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5', '', ['']],
    ['with status 304 without a length', 'HTTP/1.1 304 Not Modified', '', ['']],
    ['with status 100, which has no body', 'HTTP/1.1 100 Continue\r\nContent-Length: 5', '', ['']],
    ['with status 103, which has no body', 'HTTP/1.1 103 Early Hints\r\nLink: <a>', '', ['']],
  ])('%s', (_, head, rest, bodies) => {
    expect(readAnswer(head, rest)).toEqual({ bodies, error: undefined })
  })

  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked'],
    ['with neither', 'HTTP/1.1 200 OK'],
  ])('to HEAD %s as one without a body', (_, head) => {
    expect(readAnswer(head, 'HTTP/1.1 404 No\r\n\r\n', 'HEAD')).toEqual({ bodies: ['', ''], error: undefined })
  })

  test('behind an interim one', () => {
    const text = 'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab'
    const { messages } = decodeText(text, { isRequest: false })
    expect(messages.map(({ head, body }) => [head.status, body])).toEqual([
      [103, ''],
      [200, 'ab'],
    ])
  })

  test.each([
    ['inside its head', 'HTTP/1.1 200 OK\r\nContent-Le', []],
    ['behind its head', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', ['…']],
    ['inside its body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', ['hel…']],
    ['inside a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel', ['hel…']],
    ['between two chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', ['hello…']],
    ['behind the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', ['…']],
    ['inside its trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n', ['…']],
  ])('and says that it was cut off %s', (_, text, bodies) => {
    const { messages, error } = decodeText(text, { isRequest: false, ends: true })
    expect(messages.map(({ body, isOver }) => (isOver ? body : `${body}…`))).toEqual(bodies)
    expect({ code: error?.code, status: error?.status, source: error?.source }).toEqual({
      code: 'TRUNCATED_MESSAGE',
      status: 502,
      source: 'upstream',
    })
  })
})

describe('MessageDecoder at the end of the connection', () => {
  test('says nothing between two messages', () => {
    expect(decodeText('', { ends: true }).error).toBeUndefined()
    expect(decodeText(GET, { ends: true }).error).toBeUndefined()
    expect(decodeText(`${GET}\r\n`, { ends: true }).error).toBeUndefined()
  })

  test.each([
    'G',
    'GET / HT',
    'GET / HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n\r',
  ])('says that a request was cut off inside its head: %j', (text) => {
    const { error } = decodeText(text, { ends: true })
    expect({ code: error?.code, status: error?.status }).toEqual({ code: 'TRUNCATED_MESSAGE', status: 400 })
    expect(error?.message).toContain('head')
  })

  test('says that a request was cut off inside its body', () => {
    const { error } = decodeText('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel', { ends: true })
    expect(error?.message).toContain('body')
  })
})

describe('MessageDecoder tells', () => {
  function create(isRequest = true): { readonly decoder: MessageDecoder; readonly feed: (text: string) => number } {
    const decoder = new MessageDecoder({ isRequest }, { process: () => undefined })
    return { decoder, feed: (text) => decoder.decode(new Data(toBytes(text))) }
  }

  test('whether a message is under way, and whether its head is', () => {
    const { decoder, feed } = create()
    const state = (): unknown => [decoder.isInMessage, decoder.isInHead]
    expect(state()).toEqual([false, false])
    feed('POST / HT')
    expect(state()).toEqual([true, true])
    feed('TP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n')
    expect(state()).toEqual([true, false])
    feed('a')
    expect(state()).toEqual([true, false])
    feed('b')
    expect(state()).toEqual([false, false])
  })

  test('whether a body lasts until the connection ends', () => {
    const { decoder, feed } = create(false)
    feed('HTTP/1.1 200 OK\r\n\r\n')
    expect(decoder.isUntilClose).toBe(true)
    decoder.end()
    expect(decoder.isUntilClose).toBe(false)
  })
})

describe('MessageDecoder that is halted', () => {
  function decodeOne(segments: readonly string[]): {
    readonly seen: string[]
    readonly rest: string
    again: () => void
  } {
    const seen: string[] = []
    const output = {
      process: (event: Event): void => {
        seen.push(event.type === 'MessageStart' ? (event.head.path ?? '') : event.type)
        if (event.type === 'MessageStart') decoder.isHalted = true
      },
    }
    const decoder = new MessageDecoder({ isRequest: true }, output)
    let rest = ''
    const feed = (text: string): void => {
      const read = decoder.decode(new Data(toBytes(text)))
      rest = text.slice(read)
    }
    for (const segment of segments) feed(segment)
    const again = (): void => {
      decoder.isHalted = false
      feed(rest)
    }
    return {
      seen,
      get rest() {
        return rest
      },
      again,
    }
  }

  test('reads the message under way and nothing behind it', () => {
    const second = 'GET /2 HTTP/1.1\r\nHost: a\r\n\r\n'
    const outcome = decodeOne([`PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab${second}`])
    expect(outcome.seen).toEqual(['/1', 'Data', 'MessageEnd'])
    expect(outcome.rest).toBe(second)
    outcome.again()
    expect(outcome.seen).toEqual(['/1', 'Data', 'MessageEnd', '/2', 'MessageEnd'])
    expect(outcome.rest).toBe('')
  })

  test('reads a body that comes later', () => {
    const outcome = decodeOne(['PUT /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n', 'a', 'bGET'])
    expect(outcome.seen).toEqual(['/1', 'Data', 'Data', 'MessageEnd'])
    expect(outcome.rest).toBe('GET')
  })
})

describe('MessageDecoder passes on', () => {
  test('the bytes of a body without copying them, lent as they came', () => {
    const body = 'hello'.repeat(300)
    const bytes = toBytes(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}GET`)
    const seen: Data[] = []
    const output = { process: (event: Event): void => void (event.type === 'Data' && seen.push(event)) }
    new MessageDecoder({ isRequest: true }, output).decode(Data.view(bytes, 0, bytes.length, 'pause'))
    expect(seen.map((data) => [data.buffer === bytes, data.lifetime, toText(data.bytes)])).toEqual([
      [true, 'pause', body],
    ])
  })

  test('a small body that came with its head as text', () => {
    const bytes = toBytes('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nh\xe9llo')
    const seen: Data[] = []
    const output = { process: (event: Event): void => void (event.type === 'Data' && seen.push(event)) }
    const taken = new MessageDecoder({ isRequest: true }, output).decode(Data.view(bytes, 0, bytes.length, 'call'))
    expect(taken).toBe(bytes.length)
    expect(seen.map((data) => [data.latin1Text, data.lifetime, [...data.bytes]])).toEqual([
      ['h\xe9llo', 'owned', [0x68, 0xe9, 0x6c, 0x6c, 0x6f]],
    ])
  })

  test('each piece of a body as it comes', () => {
    const sizes: number[] = []
    const output = { process: (event: Event): void => void (event.type === 'Data' && sizes.push(event.size)) }
    const decoder = new MessageDecoder({ isRequest: true }, output)
    for (const text of ['PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\na', 'bc', 'def']) {
      decoder.decode(new Data(toBytes(text)))
    }
    expect(sizes).toEqual([1, 2, 3])
  })

  test('heads read by the decoder of the runtime, where there is one', () => {
    const calls: string[] = []
    const decodeLatin1 = (bytes: Uint8Array, start: number, end: number): string => {
      calls.push(`${start}-${end}`)
      return toText(bytes.subarray(start, end))
    }
    const { messages } = decodeText([GET, 'GET /2 HTTP/1.1\r\nHo', 'st: a\r\n\r\n'], { decodeLatin1 })
    expect(messages.map(({ head }) => head.path)).toEqual(['/', '/2'])
    expect(calls).toEqual([`0-${GET.length}`, `0-${GET.length + 1}`])
  })

  test('heads with every byte that a value may have, in the portable decoder as well', () => {
    const value = toText(
      Uint8Array.from([
        9,
        ...Array.from({ length: 95 }, (_, i) => 32 + i),
        ...Array.from({ length: 128 }, (_, i) => 128 + i),
      ]),
    )
    const { messages } = decodeText(`GET / HTTP/1.1\r\nHost: a\r\nX: |${value}|\r\n\r\n`)
    expect(messages[0]?.head.fields.get('x')).toBe(`|${value}|`)
  })

  test('a head that is longer than the portable decoder takes in one go', () => {
    const value = 'v'.repeat(10_000)
    const { messages } = decodeText(`GET / HTTP/1.1\r\nHost: a\r\nX: ${value}\r\n\r\n`)
    expect(messages[0]?.head.fields.get('x')).toBe(value)
  })
})
