/**
 * The strict head parser: a start line and header lines of HTTP/1.0 or 1.1 (RFC 9112 2 to 6), byte by byte, each byte
 * looked at once. What two readers of a message could understand differently is refused: the means of request
 * smuggling. A head that comes in pieces is taken up again at its first incomplete line.
 */
import type { HeadLimits } from '../http-codec.ts'
import { type ErrorCode, ProxyError } from '../errors.ts'
import { CHARACTER_TABLE } from './character-table.ts'
import { FIELD_KIND, fieldKind } from './field-kind.ts'
import { HeadFacts } from './head-facts.ts'
import { isHost } from './host-field.ts'
import { readStartLine } from './start-line.ts'
import { readTransferEncoding } from './transfer-encoding.ts'
import { trimBlanks } from './trim-blanks.ts'

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const ZERO = 48
const COLON = 58
const CLOSE = Uint8Array.of(99, 108, 111, 115, 101) // close
const KEEP_ALIVE = Uint8Array.of(107, 101, 101, 112, 45, 97, 108, 105, 118, 101) // keep-alive
const TOKEN = CHARACTER_TABLE.token
const CONTENT_LENGTH_SIZE = 'content-length'.length
const TRANSFER_ENCODING_SIZE = 'transfer-encoding'.length
/** RFC 9110 10.1.4 */
const TRAILERS = /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i

/** Reads one head after the other; after a head has been read `facts` tells about it. */
export class HeadParser {
  readonly isRequest: boolean
  readonly limits: HeadLimits
  /** Of the head that was read last, or is being read. */
  facts: HeadFacts
  /** Bytes of the head whose lines have been read. */
  #position = 0
  #hasStarted = false

  constructor(isRequest: boolean, limits: HeadLimits) {
    this.isRequest = isRequest
    this.limits = limits
    this.facts = new HeadFacts(isRequest)
  }

  /**
   * Reads on in a head that begins at `start`.
   * @returns where the body begins, or -1 when the head is not complete: then call again with the same head and more
   * bytes behind it
   * @throws ProxyError with the code of what is wrong with the head
   */
  parse(buffer: Uint8Array, start: number, end: number): number {
    if (!this.#hasStarted) this.#begin()
    // What lies behind the limit is not looked at, so that the same head is refused for the same reason however it comes.
    const limit = Math.min(end, start + this.limits.maxHeaderBytes)
    if (this.#position === 0) {
      const lineEnd = readStartLine(this, buffer, start, limit)
      if (lineEnd < 0) return this.#incomplete(limit - start)
      this.#position = lineEnd - start
    }
    const bodyStart = this.#readLines(buffer, start, start + this.#position, limit)
    if (bodyStart < 0) return this.#incomplete(limit - start)
    this.#check()
    this.#hasStarted = false
    return bodyStart
  }

  /** An error about the head, on the account of whoever sent it. */
  refuse(code: ErrorCode, message: string): ProxyError {
    return new ProxyError(code, message, this.isRequest ? {} : { source: 'upstream' })
  }

  #incomplete(size: number): number {
    const { maxHeaderBytes } = this.limits
    if (size < maxHeaderBytes) return -1
    if (this.#position === 0 && this.isRequest) {
      throw this.refuse('TARGET_TOO_LONG', `Cannot read request line: it is longer than ${maxHeaderBytes} bytes`)
    }
    throw this.refuse('HEAD_TOO_LARGE', `Cannot read head: it is longer than ${maxHeaderBytes} bytes`)
  }

  #begin(): void {
    this.#hasStarted = true
    this.#position = 0
    this.facts = new HeadFacts(this.isRequest)
  }

  /**
   * Reads header lines from `position` to the empty one: in one loop, since calls are what it would spend its time with.
   * @returns where the body begins, or -1 when the last line is not complete
   */
  #readLines(buffer: Uint8Array, start: number, position: number, end: number): number {
    let line = position
    for (;;) {
      let i = line
      while (i < end && TOKEN[buffer[i] as number] === 1) i++
      const nameEnd = i
      if (i >= end) return this.#stopAt(line - start)
      if (buffer[i] !== COLON || i === line) {
        if (buffer[i] !== CR || i !== line) throw this.#malformedName(buffer, line, i, end)
        const bodyStart = this.#lineBreak(buffer, i, end)
        return bodyStart < 0 ? this.#stopAt(line - start) : bodyStart
      }
      i++
      while (i < end && (buffer[i] === SPACE || buffer[i] === TAB)) i++
      const valueStart = i
      while (i < end && isFieldValue(buffer[i] as number)) i++
      const lineEnd = this.#lineBreak(buffer, i, end)
      if (lineEnd < 0) return this.#stopAt(line - start)
      while (i > valueStart && (buffer[i - 1] === SPACE || buffer[i - 1] === TAB)) i--
      if (++this.facts.headerCount > this.limits.maxHeaderCount) {
        const { maxHeaderCount } = this.limits
        throw this.refuse('HEAD_TOO_LARGE', `Cannot read head: it has more than ${maxHeaderCount} header lines`)
      }
      const kind = fieldKind(buffer, line, nameEnd)
      if (kind !== FIELD_KIND.other) this.#take(kind, buffer, line, lineEnd, valueStart, i, start)
      line = lineEnd
    }
  }

  /** The line that begins there is not complete. */
  #stopAt(position: number): -1 {
    this.#position = position
    return -1
  }

  /** @returns the place behind CR LF, -1 when there is only part of it */
  #lineBreak(buffer: Uint8Array, i: number, end: number): number {
    if (i >= end) return -1
    if (buffer[i] !== CR) {
      throw this.refuse(
        'MALFORMED_HEADER',
        `Cannot read header line: byte ${show(buffer[i])} is not allowed in a value`,
      )
    }
    if (i + 1 >= end) return -1
    if (buffer[i + 1] !== LF) throw this.refuse('MALFORMED_HEADER', 'Cannot read header line: CR is not followed by LF')
    return i + 2
  }

  #malformedName(buffer: Uint8Array, line: number, i: number, end: number): ProxyError {
    const byte = buffer[i]
    const isSpace = byte === SPACE || byte === TAB
    if (isSpace && i === line) {
      return this.refuse(
        'MALFORMED_HEADER',
        'Cannot read header line: it begins with white space (line folding is obsolete)',
      )
    }
    const name = textOf(buffer, line, Math.min(i, line + 64, end))
    const state = isSpace ? 'white space before the colon' : `byte ${show(byte)} is not allowed in a name`
    return this.refuse('MALFORMED_HEADER', `Cannot read header name "${name}": ${state}`)
  }

  /** Takes note of a field that matters to the codec. */
  #take(
    kind: number,
    buffer: Uint8Array,
    line: number,
    lineEnd: number,
    valueStart: number,
    valueEnd: number,
    start: number,
  ): void {
    switch (kind) {
      case FIELD_KIND.host:
        this.#takeHost(buffer, valueStart, valueEnd)
        return
      case FIELD_KIND.expect:
        if (textOf(buffer, valueStart, valueEnd).toLowerCase() === '100-continue') this.facts.expectsContinue = true
        return
      case FIELD_KIND.contentLength:
        this.#takeContentLength(buffer, valueStart, valueEnd)
        if (valueEnd - valueStart > 1 && buffer[valueStart] === ZERO) this.facts.isFramingPlain = false
        this.#takeFraming(buffer, start, line, CONTENT_LENGTH_SIZE, valueStart, valueEnd, lineEnd)
        return
      case FIELD_KIND.transferEncoding:
        if (this.facts.isChunked) {
          throw this.refuse('INVALID_TRANSFER_ENCODING', 'Cannot read head: it has several Transfer-Encoding fields')
        }
        readTransferEncoding(this, textOf(buffer, valueStart, valueEnd))
        this.facts.isChunked = true
        if (textOf(buffer, valueStart, valueEnd) !== 'chunked') this.facts.isFramingPlain = false
        this.#takeFraming(buffer, start, line, TRANSFER_ENCODING_SIZE, valueStart, valueEnd, lineEnd)
        return
      case FIELD_KIND.connection:
        this.#takeConnection(buffer, valueStart, valueEnd)
        break
      case FIELD_KIND.upgrade:
        this.facts.upgrade += `${this.facts.upgrade === '' ? '' : ', '}${textOf(buffer, valueStart, valueEnd)}`
        break
      case FIELD_KIND.te:
        if (TRAILERS.test(textOf(buffer, valueStart, valueEnd))) this.facts.acceptsTrailers = true
        break
      case FIELD_KIND.keepAlive:
        this.facts.keepAlive = textOf(buffer, valueStart, valueEnd)
        break
    }
    const { facts } = this
    const known = facts.knownLines
    facts.knownLines =
      known.length === 0 ? [kind, line - start, lineEnd - start] : [...known, kind, line - start, lineEnd - start]
  }

  /** Takes note of where the line that frames the body lies, and whether it has one space behind its colon. */
  #takeFraming(
    buffer: Uint8Array,
    start: number,
    line: number,
    nameSize: number,
    valueStart: number,
    valueEnd: number,
    lineEnd: number,
  ): void {
    const { facts } = this
    const colon = line + nameSize
    const isPlain = valueStart === colon + 2 && buffer[colon + 1] === SPACE && lineEnd === valueEnd + 2
    if (!isPlain) facts.isFramingPlain = false
    facts.framingStart = line - start
    facts.framingEnd = lineEnd - start
  }

  #takeHost(buffer: Uint8Array, valueStart: number, valueEnd: number): void {
    if (!this.isRequest) return
    if (this.facts.hasHost) throw this.refuse('INVALID_HOST', 'Cannot read head: it has several Host fields')
    if (!isHost(buffer, valueStart, valueEnd)) {
      const value = textOf(buffer, valueStart, Math.min(valueEnd, valueStart + 200))
      throw this.refuse(
        'INVALID_HOST',
        `Cannot read Host "${value}": expected a name or an address with an optional port`,
      )
    }
    this.facts.hasHost = true
  }

  /** RFC 9112 6.3: digits only; a repeated field is refused even with the same value, since others may count differently. */
  #takeContentLength(buffer: Uint8Array, valueStart: number, valueEnd: number): void {
    if (this.facts.contentLength >= 0) {
      throw this.refuse('INVALID_CONTENT_LENGTH', 'Cannot read head: it has several Content-Length fields')
    }
    let length = 0
    for (let i = valueStart; i < valueEnd; i++) {
      const digit = (buffer[i] as number) - 48
      length = digit >= 0 && digit <= 9 ? length * 10 + digit : Number.NaN
    }
    if (valueEnd === valueStart || !(length <= Number.MAX_SAFE_INTEGER)) {
      const value = textOf(buffer, valueStart, Math.min(valueEnd, valueStart + 64))
      throw this.refuse(
        'INVALID_CONTENT_LENGTH',
        `Cannot read Content-Length "${value}": expected digits, up to 2^53-1`,
      )
    }
    this.facts.contentLength = length
  }

  #takeConnection(buffer: Uint8Array, valueStart: number, valueEnd: number): void {
    if (equals(buffer, valueStart, valueEnd, KEEP_ALIVE)) this.facts.isKeepAlive = true
    else if (equals(buffer, valueStart, valueEnd, CLOSE)) this.facts.isClose = true
    else {
      const tokens = [...this.facts.connectionTokens]
      for (const item of textOf(buffer, valueStart, valueEnd).split(',')) {
        const name = trimBlanks(item).toLowerCase()
        if (name === 'close') this.facts.isClose = true
        else if (name === 'keep-alive') this.facts.isKeepAlive = true
        else if (name !== '') tokens.push(name)
      }
      this.facts.connectionTokens = tokens
    }
  }

  /** What can be told only when the whole head is known. */
  #check(): void {
    if (this.facts.isChunked) {
      if (this.facts.contentLength >= 0) {
        throw this.refuse(
          'INVALID_TRANSFER_ENCODING',
          'Cannot read head: it has both Transfer-Encoding and Content-Length',
        )
      }
      if (this.facts.minorVersion === 0) {
        throw this.refuse('INVALID_TRANSFER_ENCODING', 'Cannot read head: HTTP/1.0 has no Transfer-Encoding')
      }
    }
    if (this.isRequest && !this.facts.hasHost && this.facts.minorVersion === 1) {
      throw this.refuse('INVALID_HOST', 'Cannot read head: HTTP/1.1 requires a Host field')
    }
  }
}

function isFieldValue(code: number): boolean {
  return code < 32 ? code === TAB : code !== 127
}

/** Whether bytes are others of lower case letters and hyphens, whatever their case, without making a string. */
function equals(buffer: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  if (end - start !== expected.length) return false
  for (let i = 0; i < expected.length; i++) if (((buffer[start + i] as number) | 32) !== expected[i]) return false
  return true
}

/** Few bytes as text, for what is compared or shown. */
function textOf(buffer: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i++) text += String.fromCharCode(buffer[i] as number)
  return text
}

function show(byte: number | undefined): string {
  return `0x${(byte ?? 0).toString(16).padStart(2, '0')}`
}
