/** The first line of a message: request line (RFC 9112 3) or status line (RFC 9112 4). */
import { CHARACTER_TABLE } from './character-table.ts'
import type { HeadParser } from './head-parser.ts'
import { isHost } from './host-field.ts'

const CR = 13
const LF = 10
const SPACE = 32
const ZERO = 48
const CONNECT_LENGTH = 'CONNECT'.length
const MAX_PORT = 65_535
const SLASH = 47
const COLON = 58
const QUESTION_MARK = 63
const VERSION = [72, 84, 84, 80, 47, 49, 46] // HTTP/1.
const NAME_BYTES = 5 // HTTP/
const VERSION_BYTES = 8

/**
 * Reads the first line of a head into the parser.
 * @returns where the next line begins, or -1 when the line is not complete
 * @throws MALFORMED_START_LINE, TARGET_TOO_LONG, UNSUPPORTED_HTTP_VERSION
 */
export function readStartLine(parser: HeadParser, buffer: Uint8Array, start: number, end: number): number {
  return parser.isRequest ? readRequestLine(parser, buffer, start, end) : readStatusLine(parser, buffer, start, end)
}

function readRequestLine(parser: HeadParser, buffer: Uint8Array, start: number, end: number): number {
  const { token, target } = CHARACTER_TABLE
  let i = start
  while (i < end && token[buffer[i] as number] === 1) i++
  if (i >= end) return -1
  if (buffer[i] !== SPACE || i === start) throw malformed(parser, 'expected a method and a space')
  parser.facts.methodEnd = i - start
  const targetStart = ++i
  while (i < end && target[buffer[i] as number] === 1) i++
  if (i - targetStart > parser.limits.maxTargetBytes) {
    const { maxTargetBytes } = parser.limits
    throw parser.refuse('TARGET_TOO_LONG', `Cannot read request target: it is longer than ${maxTargetBytes} bytes`)
  }
  if (i >= end) return -1
  if (buffer[i] !== SPACE || i === targetStart) throw malformed(parser, 'expected a target and one space')
  parser.facts.targetStart = targetStart - start
  parser.facts.targetEnd = i - start
  return readLineEnd(parser, buffer, start, readVersion(parser, buffer, i + 1, end), end)
}

function readStatusLine(parser: HeadParser, buffer: Uint8Array, start: number, end: number): number {
  let i = readVersion(parser, buffer, start, end)
  if (i < 0 || i + 4 > end) return -1
  if (buffer[i] !== SPACE) throw malformed(parser, 'expected a space and a status')
  const hundreds = digit(buffer, i + 1)
  const tens = digit(buffer, i + 2)
  const ones = digit(buffer, i + 3)
  const status = hundreds * 100 + tens * 10 + ones
  if (!(status >= 100)) throw malformed(parser, 'expected a status of three digits')
  parser.facts.status = status
  i += 4
  if (i >= end) return -1
  // RFC 9112 4 wants a space even before an empty reason; servers that leave it out are many.
  if (buffer[i] !== SPACE) {
    if (buffer[i] !== CR) throw malformed(parser, 'expected a status of three digits')
    parser.facts.isStartPlain = false
  }
  while (i < end && CHARACTER_TABLE.fieldValue[buffer[i] as number] === 1) i++
  return readLineEnd(parser, buffer, start, i, end)
}

/** @returns the place behind the version, -1 when it is not complete */
function readVersion(parser: HeadParser, buffer: Uint8Array, start: number, end: number): number {
  if (start + VERSION_BYTES <= end && isHttp11(buffer, start)) return start + VERSION_BYTES
  const available = Math.min(VERSION.length, end - start)
  for (let i = 0; i < available; i++) {
    if (buffer[start + i] === VERSION[i]) continue
    // Which number follows "HTTP/" decides about the status: it is waited for.
    if (i >= NAME_BYTES && start + VERSION_BYTES > end) return -1
    throw wrongVersion(parser, buffer, start, end)
  }
  if (start + VERSION_BYTES > end) return -1
  const minor = digit(buffer, start + VERSION_BYTES - 1)
  if (minor !== 0 && minor !== 1) throw wrongVersion(parser, buffer, start, end)
  parser.facts.minorVersion = minor
  if (minor === 0) parser.facts.isStartPlain = false
  return start + VERSION_BYTES
}

/** What nearly all messages say, told without a loop. */
function isHttp11(buffer: Uint8Array, i: number): boolean {
  return (
    buffer[i] === 72 &&
    buffer[i + 1] === 84 &&
    buffer[i + 2] === 84 &&
    buffer[i + 3] === 80 &&
    buffer[i + 4] === 47 &&
    buffer[i + 5] === 49 &&
    buffer[i + 6] === 46 &&
    buffer[i + 7] === 49
  )
}

/** `HTTP/` and another number is a version that exists or might; anything else is no version. */
function wrongVersion(parser: HeadParser, buffer: Uint8Array, start: number, end: number): Error {
  const text = String.fromCharCode(...buffer.subarray(start, Math.min(end, start + VERSION_BYTES)))
  if (/^HTTP\/\d\.\d$/.test(text)) {
    return parser.refuse('UNSUPPORTED_HTTP_VERSION', `Cannot read version "${text}": expected HTTP/1.1 or HTTP/1.0`)
  }
  return malformed(parser, 'expected HTTP/1.1 or HTTP/1.0')
}

function readLineEnd(parser: HeadParser, buffer: Uint8Array, start: number, i: number, end: number): number {
  if (i < 0 || i >= end) return -1
  if (buffer[i] !== CR) throw malformed(parser, 'expected CR LF at its end')
  if (i + 1 >= end) return -1
  if (buffer[i + 1] !== LF) throw malformed(parser, 'expected CR LF at its end')
  parser.facts.startLineEnd = i + 2 - start
  if (parser.isRequest) checkTarget(parser, buffer, start)
  return i + 2
}

/**
 * RFC 9112 3.2: a path, an absolute URI, `*` for OPTIONS, `host:port` for CONNECT. The absolute form is looked into by
 * ParsedHead.
 */
function checkTarget(parser: HeadParser, buffer: Uint8Array, start: number): void {
  const first = buffer[start + parser.facts.targetStart]
  if (first === SLASH && parser.facts.methodEnd !== CONNECT_LENGTH) return
  const target = String.fromCharCode(
    ...buffer.subarray(start + parser.facts.targetStart, start + parser.facts.targetEnd),
  )
  const method = String.fromCharCode(...buffer.subarray(start, start + parser.facts.methodEnd))
  if (target === '*' && method === 'OPTIONS') return
  if (method === 'CONNECT') {
    // RFC 9110 9.3.6: a host and a port, both, and a port that can be one.
    const port = Number(/[^:]:(\d+)$/.exec(target)?.[1])
    const isPort = port > 0 && port <= MAX_PORT
    parser.facts.hasAuthority = true
    if (isPort && isHost(buffer, start + parser.facts.targetStart, start + parser.facts.targetEnd)) return
    throw malformed(parser, `its target "${target.slice(0, 200)}" is not "host:port", as CONNECT takes it`)
  }
  if (first === SLASH) return
  const [scheme] = /^https?:\/\//i.exec(target) ?? []
  const authority = start + parser.facts.targetStart + (scheme?.length ?? 0)
  parser.facts.hasAuthority = true
  parser.facts.isStartPlain = false
  if (scheme === undefined || !isAuthority(buffer, authority, start + parser.facts.targetEnd)) {
    throw malformed(parser, `its target "${target.slice(0, 200)}" is neither a path nor an http URL`)
  }
}

/** Whether a host, not an empty one, stands before the path or the query; RFC 9110 4.2.1 and 4.2.4. */
function isAuthority(buffer: Uint8Array, start: number, end: number): boolean {
  let i = start
  while (i < end && buffer[i] !== SLASH && buffer[i] !== QUESTION_MARK) i++
  return i > start && buffer[start] !== COLON && isHost(buffer, start, i)
}

function digit(buffer: Uint8Array, i: number): number {
  const value = (buffer[i] as number) - ZERO
  return value >= 0 && value <= 9 ? value : Number.NaN
}

function malformed(parser: HeadParser, state: string): Error {
  const line = parser.isRequest ? 'request line' : 'status line'
  return parser.refuse('MALFORMED_START_LINE', `Cannot read ${line}: ${state}`)
}
