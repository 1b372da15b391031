import type { SeenMessage } from './corpus-case.ts'

/** What a side of the proxy got, taken apart. */
export interface WireReading {
  readonly messages: readonly SeenMessage[]
  /** What is there of a message that is not complete. */
  readonly rest: string
}

export interface WireOptions {
  readonly isRequest: boolean
  /** Of answers: the methods of the requests, in order. */
  readonly methods?: readonly string[]
  /** Whether the connection has ended. @default false */
  readonly isEnded?: boolean
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x22\x24-\x7e]+ HTTP\/1\.1$/
const STATUS_LINE = /^HTTP\/1\.1 [1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/
const FRAMING = /^(?:content-length|transfer-encoding):/i

/**
 * Takes apart what the proxy wrote. It is written apart from Sluice's own codec, takes nothing but the plainest form of
 * everything, and knows no forgiveness.
 * @throws Error when something has another form, or two framings
 */
export function readWire(text: string, { isRequest, methods = [], isEnded = false }: WireOptions): WireReading {
  const messages: SeenMessage[] = []
  let position = 0
  let answerCount = 0
  while (position < text.length) {
    const headEnd = text.indexOf('\r\n\r\n', position)
    if (headEnd < 0) break
    const [line = '', ...fields] = text.slice(position, headEnd).split('\r\n')
    check(isRequest ? REQUEST_LINE : STATUS_LINE, line)
    for (const field of fields) check(FIELD, field)
    const status = isRequest ? 0 : Number(line.split(' ')[1])
    const isInterim = status > 0 && status < 200
    const isBodiless = isInterim || status === 204 || status === 304 || methods[answerCount] === 'HEAD'
    const body = readBody(text, headEnd + 4, fields, isBodiless, isRequest, isEnded)
    if (body === undefined) break
    if (!isInterim) answerCount++
    const { end, ...rest } = body
    messages.push({ line, fields: fields.filter((field) => !FRAMING.test(field)), ...rest })
    position = end
  }
  return { messages, rest: text.slice(position) }
}

type Body = Pick<SeenMessage, 'framing' | 'body' | 'trailers'> & { readonly end: number }

function readBody(
  text: string,
  start: number,
  fields: readonly string[],
  isBodiless: boolean,
  isRequest: boolean,
  isEnded: boolean,
): Body | undefined {
  const lines = fields.filter((field) => FRAMING.test(field))
  const [framing] = lines
  if (lines.length > 1) throw new Error(`Cannot read message: it has ${lines.length} framings`)
  if (framing === undefined) {
    if (isBodiless || isRequest) return { framing: 'none', body: '', trailers: [], end: start }
    return isEnded ? { framing: 'close', body: text.slice(start), trailers: [], end: text.length } : undefined
  }
  if (/^transfer-encoding/i.test(framing)) {
    check(/^[^:]+: chunked$/, framing)
    return isBodiless ? { framing: 'chunked', body: '', trailers: [], end: start } : readChunks(text, start)
  }
  check(/^[^:]+: (?:0|[1-9]\d*)$/, framing)
  const end = isBodiless ? start : start + Number(framing.slice(framing.indexOf(' ') + 1))
  return text.length < end ? undefined : { framing: 'length', body: text.slice(start, end), trailers: [], end }
}

function readChunks(text: string, start: number): Body | undefined {
  let body = ''
  let position = start
  for (;;) {
    const lineEnd = text.indexOf('\r\n', position)
    if (lineEnd < 0) return undefined
    const line = text.slice(position, lineEnd)
    check(/^(?:0|[1-9a-f][0-9a-f]*)$/, line)
    const size = Number.parseInt(line, 16)
    const end = lineEnd + 2 + size
    if (size === 0) return readTrailers(text, end, body)
    if (text.length < end + 2) return undefined
    check(/^\r\n$/, text.slice(end, end + 2))
    body += text.slice(lineEnd + 2, end)
    position = end + 2
  }
}

function readTrailers(text: string, start: number, body: string): Body | undefined {
  if (text.startsWith('\r\n', start)) return { framing: 'chunked', body, trailers: [], end: start + 2 }
  const end = text.indexOf('\r\n\r\n', start)
  if (end < 0) return undefined
  const trailers = text.slice(start, end).split('\r\n')
  for (const trailer of trailers) check(FIELD, trailer)
  return { framing: 'chunked', body, trailers, end: end + 4 }
}

function check(form: RegExp, text: string): void {
  if (!form.test(text))
    throw new Error(`Cannot read message: ${JSON.stringify(text.slice(0, 100))} has not its plain form`)
}
