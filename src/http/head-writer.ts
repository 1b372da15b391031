/** Writes the head of a message: as it came where nobody changed it, from the head object where somebody did. */
import { ProxyError } from '../errors.ts'
import type { Head, Headers, MessageStart } from '../events.ts'
import { isHopByHop } from './hop-by-hop.ts'
import { ParsedHead } from './parsed-head.ts'
import { statusText } from './status-text.ts'

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const NOT_ALLOWED_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const TARGET = /^[\x21-\x22\x24-\x7e]+$/

/** What a head says about its body and its connection. */
export interface HeadLines {
  /** Content-Length or Transfer-Encoding with the line break, or nothing; undefined keeps what came with the head. */
  readonly framing: string | undefined
  /** Other lines to add, each with its line break. */
  readonly added: string
}

/**
 * The text of a request's head.
 * @throws INVALID_OUTPUT when the head object has a field that cannot be sent, with its name
 */
export function writeRequestHead(start: MessageStart, lines: HeadLines): string {
  const text = forwardedText(start, lines, true)
  if (text !== undefined) return text
  // RFC 9112 3.2: HTTP/1.1 has a Host in every request, an empty one where nobody said which.
  const host = hasHost(start.head?.headers) ? '' : 'Host: \r\n'
  return requestLine(start.head) + host + writeFields(start, lines)
}

/**
 * The text of an answer's head.
 * @throws INVALID_OUTPUT when the head object has a field that cannot be sent, with its name
 */
export function writeResponseHead(start: MessageStart, lines: HeadLines): string {
  return forwardedText(start, lines, false) ?? statusLine(start.head) + writeFields(start, lines)
}

function forwardedText(start: MessageStart, { framing, added }: HeadLines, isRequest: boolean): string | undefined {
  const { source } = start
  // A request that comes back as its own answer has the wrong start line.
  if (!(source instanceof ParsedHead) || source.isRequest !== isRequest) return undefined
  if (start.isHeadRead && !source.isUnchanged(start.head)) return undefined
  return source.toForwardedText(framing, added)
}

function requestLine(head: Head | undefined): string {
  const method = head?.method ?? 'GET'
  const path = head?.path ?? '/'
  if (!NAME.test(method)) throw refused('method', method)
  if (!TARGET.test(path)) throw refused('path', path)
  return `${method} ${path} HTTP/1.1\r\n`
}

function statusLine(head: Head | undefined): string {
  const status = Number(head?.status ?? 200)
  if (!Number.isInteger(status) || status < 100 || status > 999) throw refused('status', String(head?.status))
  const text = head?.statusText ?? statusText(status)
  if (NOT_ALLOWED_IN_VALUE.test(text)) throw refused('status text', text)
  return `HTTP/1.1 ${status} ${text}\r\n`
}

function writeFields(start: MessageStart, { framing, added }: HeadLines): string {
  const fields = start.source instanceof ParsedHead ? start.source.fields : undefined
  const headers: Headers = start.head?.headers ?? {}
  const overridden = overriddenNames(headers)
  let text = ''
  let keptFraming = ''
  let hasLength = false
  for (const given in headers) {
    const value = headers[given]
    if (value === undefined || value === null) continue
    const name = given.toLowerCase()
    if (given === name && overridden?.has(name)) continue
    // A head that is kept as framed, although it goes without its body, still says how that would have been framed.
    if (name === 'transfer-encoding') keptFraming = 'Transfer-Encoding: chunked\r\n'
    if (isHopByHop(name)) continue
    // The lower-case one is that by which the body is framed.
    if (name === 'content-length' && (framing !== undefined || (given !== name && headers[name] !== undefined)))
      continue
    const lineName = fields?.originalName(name) ?? given
    if (name === 'content-length') {
      if (!hasLength) text += lengthLine(lineName, value)
      hasLength = true
    } else {
      text += fields?.rawLines(name, value) ?? fieldLines(lineName, value)
    }
  }
  // RFC 9112 6.2: never both.
  return `${text}${framing ?? (hasLength ? '' : keptFraming)}${added}\r\n`
}

/** A name that a script wrote in capitals stands for the one that came in lower case: it does not go out beside it. */
function overriddenNames(headers: Headers): Set<string> | undefined {
  let names: Set<string> | undefined
  for (const given in headers) {
    const name = given.toLowerCase()
    if (given === name || name === 'content-length' || headers[given] === undefined) continue
    names ??= new Set()
    names.add(name)
  }
  return names
}

function hasHost(headers: Headers | undefined): boolean {
  for (const name in headers) {
    if (name.toLowerCase() === 'host' && headers[name] !== undefined) return true
  }
  return false
}

function fieldLines(name: string, value: string | number | readonly string[]): string {
  if (typeof value === 'string' || typeof value === 'number') return fieldLine(name, value)
  if (!Array.isArray(value)) throw refused(`value of header "${name}"`, String(value))
  return value.map((item: unknown) => fieldLine(name, item)).join('')
}

function fieldLine(name: string, value: unknown): string {
  const text = String(value)
  if (!NAME.test(name)) throw refused('header name', name)
  if (NOT_ALLOWED_IN_VALUE.test(text)) throw refused(`value of header "${name}"`, text)
  return `${name}: ${text}\r\n`
}

/** The length in the one form that no reader misses: without other white space, without zeros in front. */
function lengthLine(name: string, value: unknown): string {
  const length = Number(value)
  if (!Number.isSafeInteger(length) || length < 0) throw refused('content-length', String(value))
  return fieldLine(name, length)
}

function refused(part: string, value: string): ProxyError {
  const shown = JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)
  return new ProxyError('INVALID_OUTPUT', `Cannot send ${part} ${shown}: it has characters that HTTP does not allow`)
}
