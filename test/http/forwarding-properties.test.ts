import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Data, type Event, MessageEnd, MessageStart } from '../../src/events.ts'
import { ForwardedRules } from '../../src/http/forwarded-rules.ts'
import { MessageEncoder } from '../../src/http/message-encoder.ts'
import { PLAIN_MESSAGE } from '../../src/http/message-settings.ts'
import type { ParsedHead } from '../../src/http/parsed-head.ts'
import { toBytes, toText } from './bytes.ts'
import { decodeText } from './decode-text.ts'

const RUNS = { numRuns: 1500 }

/** Never forwarded, whoever names them: RFC 9110 7.6.1. */
const HOP_BY_HOP = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]
/** What Connection cannot take away. */
const KEPT = [
  'host',
  'content-length',
  'expect',
  'max-forwards',
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]
const OTHERS = ['cookie', 'set-cookie', 'authorization', 'date', 'server', 'x', 'x-y', 'x_forwarded_for', 'trailer']
const FORWARDING = /^(?:forwarded|x[-_]forwarded[-_](?:for|host|port|proto)|x[-_]real[-_]ip)$/

interface Wire {
  readonly isRequest: boolean
  readonly text: string
  readonly minorVersion: number
  readonly lines: readonly string[]
}

const inAnyCase = (name: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(name, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }))
    .map(([text, capitals]) => [...text].map((c, i) => (capitals[i % 6] === true ? c.toUpperCase() : c)).join(''))
const known = [...HOP_BY_HOP.filter((name) => name !== 'transfer-encoding'), ...KEPT.slice(2), ...OTHERS]
const fieldName = inAnyCase(fc.constantFrom(...known))
const blanks = fc.constantFrom('', ' ', '\t', ' \t ')
const value = fc.constantFrom(
  '',
  'y',
  'trailers',
  'gzip, trailers',
  'websocket',
  '6.6.6.6',
  'for="a',
  'a;b="c, d"',
  '\xff',
)
const field = fc
  .tuple(fieldName, blanks, value, blanks)
  .map(([name, before, text, behind]) => `${name}:${before}${text}${behind}`)
const token = inAnyCase(
  fc.constantFrom(...HOP_BY_HOP, ...KEPT, ...OTHERS, 'close', 'keep-alive', '', 'x"', 'a b', 'not-there'),
)
const connection = fc
  .tuple(inAnyCase(fc.constant('connection')), fc.array(fc.tuple(blanks, token, blanks), { maxLength: 5 }))
  .map(([name, tokens]) => `${name}:${tokens.map((parts) => parts.join('')).join(',')}`)

const wire: fc.Arbitrary<Wire> = fc
  .record({
    isRequest: fc.boolean(),
    minorVersion: fc.constantFrom(0, 1),
    framing: fc.constantFrom('none', 'length', 'chunked'),
    fields: fc.array(fc.oneof({ weight: 3, arbitrary: field }, { weight: 1, arbitrary: connection }), { maxLength: 9 }),
    place: fc.nat(),
  })
  .map(({ isRequest, minorVersion, framing, fields, place }) => {
    const lines = fields.slice()
    const insert = (line: string): void => void lines.splice(place % (lines.length + 1), 0, line)
    if (framing === 'length') insert('conTent-length: 003')
    if (framing === 'chunked' && minorVersion === 1) insert('Transfer-Encoding: Chunked')
    if (isRequest && (minorVersion === 1 || place % 2 === 0)) insert('Host: a')
    const version = `HTTP/1.${minorVersion}`
    const start = isRequest ? `PUT /b ${version}` : `${version} 200 OK`
    const isChunked = lines.some((line) => line.startsWith('Transfer-Encoding'))
    const body = isChunked ? '3\r\nabc\r\n0\r\n\r\n' : framing === 'length' || !isRequest ? 'abc' : ''
    return { isRequest, minorVersion, lines, text: [start, ...lines, '', body].join('\r\n') }
  })

const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase()
const isFraming = (line: string): boolean => /^(?:content-length|transfer-encoding):/i.test(line)

function read({ text, isRequest }: Wire): { head: ParsedHead; body: string } {
  const { messages, error } = decodeText(text, { isRequest, ends: true })
  expect(error).toBeUndefined()
  expect(messages).toHaveLength(1)
  return messages[0] as { head: ParsedHead; body: string }
}

function forward(start: MessageStart, body: string, isRequest: boolean): string {
  let text = ''
  const encoder = new MessageEncoder(isRequest, {
    process: (event: Event) => void (text += toText((event as Data).bytes)),
  })
  const error =
    encoder.start(start, { ...PLAIN_MESSAGE, requestMethod: isRequest ? '' : 'GET', via: 'p' }) ??
    (body === '' ? undefined : encoder.data(new Data(toBytes(body)))) ??
    encoder.end(new MessageEnd())
  expect(error).toBeUndefined()
  return text
}

/** The lines that must go on, in order: all but those of the connection and those that it names. */
function expectedLines({ lines, isRequest, minorVersion }: Wire): readonly string[] {
  const tokens = lines
    .filter((line) => nameOf(line) === 'connection')
    .flatMap((line) => line.slice(line.indexOf(':') + 1).split(','))
    .map((name) => name.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase())
  const kept = lines.filter((line) => {
    const name = nameOf(line)
    return !isFraming(line) && !HOP_BY_HOP.includes(name) && (KEPT.includes(name) || !tokens.includes(name))
  })
  const te = lines.filter((line) => nameOf(line) === 'te')
  const isAsking = isRequest && minorVersion === 1 && te.some((line) => line.includes('trailers'))
  return [...kept, ...(isAsking ? ['Connection: TE', 'TE: trailers'] : []), `Via: 1.${minorVersion} p`]
}

/** The lines by name: those of one name in order, the names in any. */
function byName(lines: readonly string[]): unknown {
  const trimmed = lines.map((line) => `${nameOf(line)}: ${line.slice(line.indexOf(':') + 1).trim()}`)
  return [...new Set(lines.map(nameOf))].sort().map((name) => trimmed.filter((line) => nameOf(line) === name))
}

describe('MessageEncoder forwards', () => {
  const HANDLINGS: readonly (readonly [string, (start: MessageStart) => void, readonly string[]])[] = [
    ['that nobody looked at', () => undefined, []],
    ['that a script read', (start) => void start.head.headers, []],
    ['that a script changed', (start) => void (start.head.headers['x-changed'] = 'y'), ['x-changed: y']],
  ]

  test.each(HANDLINGS)(
    'of a head %s what is not of one connection, all of it, and one framing',
    (_, handle, changed) => {
      fc.assert(
        fc.property(wire, (given) => {
          const { head, body } = read(given)
          const start = new MessageStart(undefined, head)
          handle(start)
          const forwarded = forward(start, body, given.isRequest)
          const [, ...lines] = forwarded.slice(0, forwarded.indexOf('\r\n\r\n')).split('\r\n')
          // HTTP/1.1 has a Host in every request.
          const host = given.isRequest && !given.lines.includes('Host: a') ? ['Host: '] : []
          const expected = [...host, ...expectedLines(given), ...changed]
          const got = lines.filter((line) => !isFraming(line))
          if (changed.length === 0) expect(got).toEqual(expected)
          else expect(byName(got)).toEqual(byName(expected))
          expect(lines.filter(isFraming)).toHaveLength(1)
          const again = decodeText(forwarded, { isRequest: given.isRequest })
          expect(again.error).toBeUndefined()
          expect(again.messages.map((message) => [message.body, message.isOver])).toEqual([[body, true]])
        }),
        RUNS,
      )
    },
  )
})

describe('ForwardedRules', () => {
  const settings = fc.record({
    style: fc.constantFrom('x-forwarded', 'forwarded', 'both'),
    trustedProxies: fc.constantFrom([], ['10.0.0.0/8', '::1']),
  })
  const peer = fc.constantFrom('10.0.0.1', '::ffff:10.0.0.1', '::1', '2001:db8::1', '1.2.3.4', '')

  test('change no other line, and what the head tells is what its text says', () => {
    fc.assert(
      fc.property(
        wire.filter(({ isRequest }) => isRequest),
        settings,
        peer,
        (given, rules, address) => {
          const { head } = read(given)
          const before = head.text
          const copy = new ForwardedRules(rules as { style: 'both' }).apply(head, address)
          expect(head.text).toBe(before)
          const isOther = (line: string): boolean => !FORWARDING.test(nameOf(line))
          const [start, ...lines] = copy.text.slice(0, -4).split('\r\n')
          expect(start).toBe(`PUT /b HTTP/1.${given.minorVersion}`)
          expect(lines.filter(isOther)).toEqual(given.lines.filter(isOther))
          expect(lines.some((line) => nameOf(line).includes('_forwarded'))).toBe(false)

          const { messages } = decodeText(copy.text)
          const { head: again } = messages[0] ?? { head: undefined }
          const tell = (told: ParsedHead | undefined): unknown => {
            const { head: object } = new MessageStart(undefined, told)
            const { text, method, path, contentLength, isChunked, isPersistent, upgrade, host } = told as ParsedHead
            return {
              ...{ text, method, path, contentLength, isChunked, isPersistent, upgrade, host },
              object,
              isUnchanged: told?.isUnchanged(object),
              forwarded: [
                told?.toForwardedText(undefined, ''),
                told?.toForwardedText('', ''),
                told?.toForwardedText('Content-Length: 9\r\n', 'A: b\r\n'),
              ],
            }
          }
          expect(tell(copy)).toEqual(tell(again))
        },
      ),
      RUNS,
    )
  })

  test('of who is not trusted let nothing pass that was said before', () => {
    const said = inAnyCase(
      fc.constantFrom('x-forwarded-for', 'forwarded', 'x-real-ip', 'x_forwarded_for', 'x-forwarded-host'),
    )
    fc.assert(
      fc.property(
        wire.filter(({ isRequest }) => isRequest),
        fc.array(said, { minLength: 1, maxLength: 4 }),
        settings,
        (given, names, rules) => {
          const lines = names.map((name) => `${name}: evil`)
          const text = given.text.replace('\r\n', `\r\n${lines.join('\r\n')}\r\n`)
          const { head } = read({ ...given, text })
          const copy = new ForwardedRules(rules as { style: 'both' }).apply(head, '1.2.3.4')
          expect(copy.toForwardedText(undefined, '')).not.toContain('evil')
          expect(Object.values(copy.toHead().headers).join()).not.toContain('evil')
        },
      ),
      RUNS,
    )
  })
})
