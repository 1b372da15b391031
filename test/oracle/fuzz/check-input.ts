import { Data, type Event, MessageEnd, MessageStart } from '../../../src/events.ts'
import { MessageEncoder } from '../../../src/http/message-encoder.ts'
import { PLAIN_MESSAGE } from '../../../src/http/message-settings.ts'
import { toBytes, toText } from '../../http/bytes.ts'
import { explainDifference } from '../explain-difference.ts'
import { httpParserJsReader } from '../readers/http-parser-js-reader.ts'
import { llhttpReader } from '../readers/llhttp-reader.ts'
import { readSegments, type SluiceReading, sluiceReader } from '../readers/sluice-reader.ts'
import type { ReadMessage, ReadOptions } from '../reading.ts'
import type { FuzzInput } from './generate-input.ts'

const READERS = [httpParserJsReader, llhttpReader]
const STATUSES = { request: [400, 413, 414, 431, 501, 505], answer: [502] }
const FRAMING = /^(?:content-length|transfer-encoding)$/

/** What became of an input. */
export interface InputOutcome {
  readonly isRefused: boolean
  readonly messageCount: number
  /** What others disagree about, by the rule that explains it. */
  readonly differences: readonly string[]
}

/**
 * Has an input read by Sluice, whole and in segments, and by other parsers, and what was read sent on and read again.
 * @throws Error that says which promise was broken
 */
export function checkInput({ text, options, meaning, cuts }: FuzzInput): InputOutcome {
  const bytes = toBytes(text)
  const ours = sluiceReader.read(bytes, options)
  if (meaning !== undefined) {
    expectSame('a valid message is read as what it says', [ours.refusal, ours.messages], [undefined, meaning])
  }
  if (ours.error !== undefined) {
    const allowed = options.isRequest ? STATUSES.request : STATUSES.answer
    if (!allowed.includes(ours.error.status))
      throw new Error(`refused with ${ours.error.status}: ${ours.error.message}`)
  }
  const segments = cut(bytes, cuts)
  const inSegments = readSegments(segments, options)
  expectSame(`in segments (${segments.length}) it is read the same`, toPlain(inSegments), toPlain(ours))

  const differences = READERS.flatMap(({ name: reader, read }) => {
    const difference = explainDifference({ reader, options, text, ours, theirs: read(bytes, options) })
    if (difference === undefined) return []
    if (difference.what === undefined) throw new Error(`a disagreement that no rule explains: ${difference.shown}`)
    return [`${reader}, ${difference.kind}: ${difference.what}`]
  })
  for (let at = 0; at < ours.messages.length; at++) checkForwarded(ours, at, options)
  return { isRefused: ours.refusal !== undefined, messageCount: ours.messages.length, differences }
}

/** What Sluice read it sends on, and every other parser reads the same out of it: one message, of one framing. */
function checkForwarded(ours: SluiceReading, at: number, { isRequest, requestMethod }: ReadOptions): void {
  const read = ours.messages[at] as ReadMessage
  const text = forward(ours, at, isRequest, requestMethod)
  const bytes = toBytes(text)
  const options = { isRequest, requestMethod, ends: false }
  const again = sluiceReader.read(bytes, options)
  expectSame('what is forwarded is read again', [again.refusal, again.messages.length], [undefined, 1])
  const [sent] = again.messages as [ReadMessage]
  const status = isRequest ? 0 : Number(read.start)
  expectSame('what is forwarded has the same body', sent.body, status === 205 ? '' : read.body)
  expectSame('what is forwarded has the same start', startOf(sent, isRequest), startOf(read, isRequest))
  const framings = sent.fields.filter(([name]) => FRAMING.test(name))
  if (framings.length > 1) throw new Error(`what is forwarded has ${framings.length} framings: ${JSON.stringify(text)}`)
  expectSame(
    'what is forwarded has no fields but those that came',
    sent.fields.filter(([name, value]) => !isKnown(read, name, value) && !isAskedAgain(read, name, value)),
    [],
  )
  for (const { name: reader, read: readOther } of READERS) {
    const difference = explainDifference({ reader, options, text, ours: again, theirs: readOther(bytes, options) })
    const isMeant = /^(?:a method that the parser has not|the body of an answer that has none)/.test(
      difference?.what ?? '',
    )
    if (difference !== undefined && !isMeant)
      throw new Error(`what is forwarded is read differently: ${difference.shown}`)
  }
}

function forward(ours: SluiceReading, at: number, isRequest: boolean, requestMethod: string): string {
  let text = ''
  const encoder = new MessageEncoder(isRequest, {
    process: (event: Event) => void (text += (event as Data).toString('latin1')),
  })
  const settings = { ...PLAIN_MESSAGE, requestMethod: isRequest ? '' : requestMethod }
  const { body } = ours.messages[at] as ReadMessage
  const error =
    encoder.start(new MessageStart(undefined, ours.heads[at]), settings) ??
    (body === '' ? undefined : encoder.data(new Data(toBytes(body)))) ??
    encoder.end(new MessageEnd(ours.trailers[at]))
  if (error !== undefined) throw new Error(`what was read cannot be forwarded: ${error.message}`)
  return text
}

/** Of a request what must not change; a target in absolute form becomes a path. */
function startOf({ start }: ReadMessage, isRequest: boolean): string {
  if (!isRequest) return start
  const [method = '', target = ''] = start.split(' ')
  return `${method} ${target.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/|\*)/, method === 'OPTIONS' && !target.includes('?') ? '*' : '/')}`
}

function isKnown({ fields }: ReadMessage, name: string, value: string): boolean {
  if (FRAMING.test(name)) return true
  // HTTP/1.1 has a Host, also where HTTP/1.0 had none.
  return (
    fields.some(([given, text]) => given === name && text === value) ||
    (name === 'host' && !fields.some(([given]) => given === name))
  )
}

/** Whether the sender takes trailers is a matter of its connection, and asked anew on the next one. */
function isAskedAgain({ fields }: ReadMessage, name: string, value: string): boolean {
  const isAsked = fields.some(([given, text]) => given === 'te' && /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i.test(text))
  return isAsked && (name === 'te' ? value === 'trailers' : name === 'connection' && value === 'TE')
}

function cut(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b)
  return places.map((end, i) => bytes.slice(places[i - 1] ?? 0, end))
}

function toPlain({ messages, refusal }: SluiceReading): unknown {
  return { messages, refusal }
}

function expectSame(promise: string, got: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`broken promise "${promise}": ${a} in place of ${b}`)
}

/** An input in the form in which it is shown. */
export function showInput({ text, options, cuts }: FuzzInput): string {
  return `${JSON.stringify(text)} as ${JSON.stringify(options)}, cut at ${cuts.join(' ')}, ${toText(toBytes(text)).length} bytes`
}
