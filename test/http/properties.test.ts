import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { Data, type Event, type HeadInit, type Headers, MessageEnd, MessageStart } from '../../src/events.ts'
import { MessageEncoder } from '../../src/http/message-encoder.ts'
import { toBytes, toText } from './bytes.ts'
import { decodeText, toPlain } from './decode-text.ts'
import { cutAt } from './segments.ts'

/** What fast-check is told in all tests: how often. The seed is printed when one fails. */
const RUNS = { numRuns: 300 }

interface Sent {
  readonly head: HeadInit
  readonly pieces: readonly string[]
  readonly trailers: Headers | undefined
}

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARACTERS), minLength: 1, maxLength: 12 })
const valueCharacter = fc
  .integer({ min: 0x21, max: 0xff })
  .filter((code) => code !== 0x7f)
  .map((code) => String.fromCharCode(code))
const value = fc
  .array(fc.string({ unit: valueCharacter, minLength: 1, maxLength: 10 }), { maxLength: 3 })
  .map((words) => words.join(' '))
/** Headers that mean nothing to the codec. */
const fields = fc.uniqueArray(
  fc.tuple(
    token.map((name) => `x-${name}`),
    value,
  ),
  { selector: ([name]) => name, maxLength: 6 },
)
const text = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
})
const pieces = fc.array(text, { maxLength: 4 })
const framing = fc.constantFrom('count', 'length', 'chunked')
const targetCharacter = fc
  .integer({ min: 0x21, max: 0x7e })
  .filter((code) => code !== 0x23)
  .map((code) => String.fromCharCode(code))
const path = fc.string({ unit: targetCharacter, maxLength: 20 }).map((rest) => `/${rest}`)
const places = fc.array(fc.nat({ max: 2000 }), { maxLength: 8 })

function message(first: fc.Arbitrary<HeadInit>): fc.Arbitrary<Sent> {
  return fc.record({ first, fields, pieces, framing, trailers: fields }).map((given) => {
    const headers: Headers = { host: 'a', ...Object.fromEntries(given.fields) }
    if (given.framing === 'length') headers['content-length'] = String(given.pieces.join('').length)
    if (given.framing === 'chunked') headers['transfer-encoding'] = 'chunked'
    const hasTrailers = given.framing === 'chunked' && given.trailers.length > 0
    return {
      head: { ...given.first, headers },
      pieces: given.pieces,
      trailers: hasTrailers ? Object.fromEntries(given.trailers) : undefined,
    }
  })
}

const request = message(
  fc.record({ method: token.map((name) => name.toUpperCase()).filter((name) => name !== 'CONNECT'), path }),
)
const answer = message(
  fc.record({
    status: fc.integer({ min: 200, max: 999 }).filter((status) => ![204, 205, 304].includes(status)),
    statusText: value,
  }),
)

function encode(messages: readonly Sent[], isRequest: boolean): string {
  let wire = ''
  const output = { process: (event: Event): void => void (wire += toText((event as Data).bytes)) }
  const encoder = new MessageEncoder(isRequest, output)
  for (const sent of messages) {
    expect(encoder.start(new MessageStart(sent.head))).toBeUndefined()
    for (const piece of sent.pieces) expect(encoder.data(new Data(toBytes(piece)))).toBeUndefined()
    expect(encoder.end(new MessageEnd(sent.trailers))).toBeUndefined()
  }
  return wire
}

/** What has to be the same at the other end. */
function meaning({ head, pieces: body, trailers }: Sent): unknown {
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = head.headers ?? {}
  return { ...head, headers, body: body.join(''), trailers: { ...trailers } }
}

function decodedMeaning(wire: string | readonly string[], isRequest: boolean): unknown[] {
  const { messages, error } = decodeText(wire, { isRequest })
  expect(error).toBeUndefined()
  return messages.map(({ head, body, trailers, isOver }) => {
    expect(isOver).toBe(true)
    const { protocol, headers, ...rest } = head.toHead()
    expect(protocol).toBe('HTTP/1.1')
    const { 'content-length': _, 'transfer-encoding': __, ...others } = headers
    return { ...rest, headers: others, body, trailers: { ...trailers } }
  })
}

describe('decode(encode(messages))', () => {
  test.each([
    ['requests', request, true],
    ['answers', answer, false],
  ] as const)('is the same %s', (_, kind, isRequest) => {
    fc.assert(
      fc.property(fc.array(kind, { minLength: 1, maxLength: 3 }), places, (messages, cuts) => {
        const wire = encode(messages, isRequest)
        expect(decodedMeaning(cutAt(wire, cuts), isRequest)).toEqual(messages.map(meaning))
      }),
      RUNS,
    )
  })

  test('forwarded once more is the same text, whether or not somebody looked at the head', () => {
    fc.assert(
      fc.property(request, fc.boolean(), (sent, looks) => {
        const wire = encode([sent], true)
        const { messages } = decodeText(wire)
        let again = ''
        const encoder = new MessageEncoder(true, { process: (event) => void (again += toText((event as Data).bytes)) })
        const start = new MessageStart(undefined, messages[0]?.head)
        if (looks) expect(start.head.method).toBe(sent.head.method)
        encoder.start(start)
        // Chunks are cut as they come: here each body is one.
        const body = messages[0]?.body ?? ''
        if (body !== '') encoder.data(new Data(toBytes(body)))
        encoder.end(new MessageEnd(messages[0]?.trailers))
        expect(decodedMeaning(again, true)).toEqual([meaning(sent)])
        if (!messages[0]?.head.isChunked) expect(again).toBe(wire)
      }),
      RUNS,
    )
  })
})

describe('MessageDecoder', () => {
  const SEEDS = [
    'GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n',
    '\r\nPOST http://a:80/b?c HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nConnection: x, close\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n',
    'PUT / HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5;a="b"\r\nhello\r\n0\r\nX: y\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n00\r\n\r\n',
    'HTTP/1.0 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nuntil the end',
  ]
  /** Bytes that mean something to parsers of HTTP, and that trip them. */
  const NASTY = [
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    ' ',
    '\t',
    '\0',
    ':',
    ';',
    ',',
    '"',
    '\x7f',
    '\xff',
    '0',
    '5',
    'f',
    'HTTP/1.1',
    'chunked',
  ]
  const mutation = fc.record({
    kind: fc.constantFrom('insert', 'delete', 'replace', 'repeat', 'swap'),
    at: fc.nat({ max: 300 }),
    length: fc.integer({ min: 1, max: 8 }),
    with: fc.oneof(fc.constantFrom(...NASTY), text),
  })

  function mutate(
    seed: string,
    { kind, at, length, with: added }: { kind: string; at: number; length: number; with: string },
  ): string {
    const i = at % (seed.length + 1)
    const [before, part, after] = [seed.slice(0, i), seed.slice(i, i + length), seed.slice(i + length)]
    switch (kind) {
      case 'insert':
        return before + added + part + after
      case 'delete':
        return before + after
      case 'replace':
        return before + added + after
      case 'repeat':
        return before + part + part + after
      default:
        return before + after.slice(0, length) + part + after.slice(length)
    }
  }

  const mutated = fc
    .tuple(fc.constantFrom(...SEEDS), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([seed, mutations]) => mutations.reduce(mutate, seed))

  test('throws nothing but a ProxyError whatever comes, and reads the same in any segmentation', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, text), fc.boolean(), places, (wire, isRequest, cuts) => {
        // decodeText catches ProxyErrors only.
        const options = {
          isRequest,
          ends: true,
          limits: { maxHeaderBytes: 128, maxHeaderCount: 6, maxTargetBytes: 32 },
        }
        const whole = decodeText(wire, options)
        expect(toPlain(decodeText(cutAt(wire, cuts), options))).toEqual(toPlain(whole))
        if (whole.error === undefined) expect(whole.readBytes).toBe(wire.length)
        else expect([400, 408, 413, 414, 431, 501, 502, 505]).toContain(whole.error.status)
      }),
      { numRuns: 1500 },
    )
  })

  test('gives only heads that can be forwarded and that read the same again', () => {
    fc.assert(
      fc.property(mutated, fc.boolean(), (wire, isRequest) => {
        const { messages } = decodeText(wire, { isRequest })
        for (const { head, body, isOver } of messages) {
          if (!isOver) continue
          let again = ''
          const encoder = new MessageEncoder(isRequest, {
            process: (event) => void (again += toText((event as Data).bytes)),
          })
          const error =
            encoder.start(new MessageStart(undefined, head)) ??
            (body === '' ? undefined : encoder.data(new Data(toBytes(body))))
          expect(error ?? encoder.end(new MessageEnd())).toBeUndefined()
          const forwarded = decodeText(again, { isRequest })
          expect(forwarded.error).toBeUndefined()
          expect(forwarded.messages).toHaveLength(1)
          expect(forwarded.messages[0]?.body).toBe(head.status === 205 ? '' : body)
          expect(again).not.toMatch(/content-length[^]*\r\ntransfer-encoding.*\r\n\r\n/i)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('MessageEncoder', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 12 })
  const anyHead = fc.record(
    {
      method: anyText,
      path: anyText,
      status: fc.oneof(fc.integer(), fc.integer({ min: 100, max: 999 })),
      statusText: anyText,
      headers: fc.dictionary(
        fc.oneof(anyText, token),
        fc.oneof(anyText, fc.integer(), fc.array(anyText, { maxLength: 2 })),
        { maxKeys: 4 },
      ),
    },
    { requiredKeys: [] },
  )

  test('sends nothing that reads as more than one message, whatever a script gives', () => {
    fc.assert(
      fc.property(anyHead, pieces, fc.boolean(), (head, body, isRequest) => {
        let wire = ''
        const encoder = new MessageEncoder(isRequest, {
          process: (event) => void (wire += toText((event as Data).bytes)),
        })
        let error = encoder.start(new MessageStart(head as HeadInit))
        for (const piece of body) error ??= encoder.data(new Data(toBytes(piece)))
        error ??= encoder.end(new MessageEnd())
        if (error !== undefined) {
          expect(error).toBeInstanceOf(ProxyError)
          expect(encoder.hasWrittenHead || wire === '').toBe(true)
          return
        }
        // What our own strict decoder refuses, others may read as they like: it must not leave. It refuses no target of
        // its own accord, since what a script asks for may be a form that a proxy's client has no use for.
        const { messages, error: refusal } = decodeText(isRequest ? wire.replace(/^\S+ \S+/, 'X /') : wire, {
          isRequest,
          ends: true,
        })
        if (refusal?.code !== 'INVALID_HOST') expect(refusal).toBeUndefined()
        expect(messages.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1000 },
    )
  })
})
