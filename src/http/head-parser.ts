/**
 * The strict head parser: a start line and header lines of HTTP/1.0 or 1.1 (RFC 9112 2 to 6), byte by byte, each byte
 * looked at once. What two readers of a message could understand differently is refused: the means of request
 * smuggling. A head that comes in pieces is taken up again at its first incomplete line.
 */
import { type ErrorCode, ProxyError } from '../errors.ts'
import { CHARACTER_TABLE } from './character-table.ts'
import { FIELD_KIND, fieldKind } from './field-kind.ts'
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
const CONTENT_LENGTH_SIZE = 'content-length'.length
const TRANSFER_ENCODING_SIZE = 'transfer-encoding'.length
/** RFC 9110 10.1.4 */
const TRAILERS = /(?:^|,)[ \t]*trailers[ \t]*(?:,|$)/i

/** The bounds of one head. */
export interface HeadLimits {
  /** Start line and header lines. */
  readonly maxHeaderBytes: number
  /** Header lines. */
  readonly maxHeaderCount: number
  /** The request target. */
  readonly maxTargetBytes: number
}

/** A line that the codec knows: its kind, then from where to where it lies in the head, its line break included. */
export type KnownLines = readonly number[]

const NO_LINES: KnownLines = []
const NO_TOKENS: readonly string[] = []

/** Reads one head after the other; after a head has been read its fields tell about it until the next one begins. */
export class HeadParser {
  readonly isRequest: boolean
  readonly limits: HeadLimits
  /** Of a request: where its parts lie, from the beginning of the head. */
  methodEnd = 0
  targetStart = 0
  targetEnd = 0
  /** Of an answer. */
  status = 0
  /** Both: where the reason phrase or the version ends. */
  startLineEnd = 0
  /** 0 or 1. */
  minorVersion = 1
  /** -1 when the head names none. */
  contentLength = -1
  isChunked = false
  /**
   * Whether the line that frames the body, if there is one, has the one form that no reader misses: with one space, without
   * zeros in front, in lower case. Others are valid as well, and each has been overlooked by some server.
   */
  isFramingPlain = true
  /** `Connection: close` was there. */
  isClose = false
  /** `Connection: keep-alive` was there. */
  isKeepAlive = false
  expectsContinue = false
  /** `TE: trailers` was there. */
  acceptsTrailers = false
  /** What Keep-Alive says; empty without one. */
  keepAlive = ''
  /** What the Upgrade fields name, joined; empty without one. */
  upgrade = ''
  /** Where the Host value lies, from the beginning of the head; -1 without one. */
  hostStart = -1
  hostEnd = -1
  /** How many header lines there are. */
  headerCount = 0
  knownLines: KnownLines = NO_LINES
  /** What Connection names besides close and keep-alive, in lower case: fields that belong to this connection only. */
  connectionTokens: readonly string[] = NO_TOKENS
  /** Bytes of the head whose lines have been read. */
  #position = 0
  #hasStarted = false
  /** The known lines of the head that is being read; used again for each head. */
  readonly #lines: number[] = []
  #lineSize = 0

  constructor(isRequest: boolean, limits: HeadLimits) {
    this.isRequest = isRequest
    this.limits = limits
  }

  /**
   * Reads on in a head that begins at `start`.
   * @returns where the body begins, or -1 when the head is not complete: then call again with the same head and more
   * bytes behind it
   * @throws ProxyError with the code of what is wrong with the head
   */
  parse(buffer: Uint8Array, start: number, end: number): number {
    if (!this.#hasStarted) this.#reset()
    // What lies behind the limit is not looked at, so that the same head is refused for the same reason however it comes.
    const limit = Math.min(end, start + this.limits.maxHeaderBytes)
    let position = start + this.#position
    if (this.#position === 0) {
      const lineEnd = readStartLine(this, buffer, start, limit)
      if (lineEnd < 0) return this.#incomplete(limit - start)
      this.#position = lineEnd - start
      position = lineEnd
    }
    for (;;) {
      const lineEnd = this.#readLine(buffer, position, limit, start)
      if (lineEnd < 0) return this.#incomplete(limit - start)
      const isOver = lineEnd - position === 2
      position = lineEnd
      this.#position = position - start
      if (isOver) break
    }
    this.#check()
    this.knownLines = this.#lineSize === 0 ? NO_LINES : this.#lines.slice(0, this.#lineSize)
    this.#hasStarted = false
    return position
  }

  /** An error about the head, on the account of whoever sent it. */
  refuse(code: ErrorCode, message: string): ProxyError {
    return new ProxyError(code, message, this.isRequest ? {} : { source: 'upstream' })
  }

  #reset(): void {
    this.#hasStarted = true
    this.#position = 0
    this.headerCount = 0
    this.contentLength = -1
    this.isChunked = false
    this.isFramingPlain = true
    this.isClose = false
    this.isKeepAlive = false
    this.expectsContinue = false
    this.acceptsTrailers = false
    this.keepAlive = ''
    this.upgrade = ''
    this.hostStart = -1
    this.hostEnd = -1
    this.#lineSize = 0
    this.connectionTokens = NO_TOKENS
  }

  #incomplete(size: number): number {
    const { maxHeaderBytes } = this.limits
    if (size < maxHeaderBytes) return -1
    if (this.#position === 0 && this.isRequest) {
      throw this.refuse('TARGET_TOO_LONG', `Cannot read request line: it is longer than ${maxHeaderBytes} bytes`)
    }
    throw this.refuse('HEAD_TOO_LARGE', `Cannot read head: it is longer than ${maxHeaderBytes} bytes`)
  }

  /** Reads one header line. @returns where the next one begins, or -1 when the line is not complete */
  #readLine(buffer: Uint8Array, line: number, end: number, start: number): number {
    const { token } = CHARACTER_TABLE
    let i = line
    while (i < end && token[buffer[i] as number] === 1) i++
    if (i >= end) return -1
    const nameEnd = i
    if (buffer[i] !== COLON || i === line) {
      if (buffer[i] === CR && i === line) return this.#lineBreak(buffer, i, end)
      throw this.#malformedName(buffer, line, i, end)
    }
    i++
    while (i < end && (buffer[i] === SPACE || buffer[i] === TAB)) i++
    const valueStart = i
    while (i < end && isFieldValue(buffer[i] as number)) i++
    const lineEnd = this.#lineBreak(buffer, i, end)
    if (lineEnd < 0) return -1
    while (i > valueStart && (buffer[i - 1] === SPACE || buffer[i - 1] === TAB)) i--
    if (++this.headerCount > this.limits.maxHeaderCount) {
      const { maxHeaderCount } = this.limits
      throw this.refuse('HEAD_TOO_LARGE', `Cannot read head: it has more than ${maxHeaderCount} header lines`)
    }
    const kind = fieldKind(buffer, line, nameEnd)
    if (kind !== FIELD_KIND.other) this.#take(kind, buffer, line, lineEnd, valueStart, i, start)
    return lineEnd
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
        this.#takeHost(buffer, valueStart, valueEnd, start)
        return
      case FIELD_KIND.expect:
        if (textOf(buffer, valueStart, valueEnd).toLowerCase() === '100-continue') this.expectsContinue = true
        return
      case FIELD_KIND.contentLength:
        this.#takeContentLength(buffer, valueStart, valueEnd)
        if (valueEnd - valueStart > 1 && buffer[valueStart] === ZERO) this.isFramingPlain = false
        this.#takeForm(buffer, valueStart, valueEnd, line + CONTENT_LENGTH_SIZE, lineEnd)
        break
      case FIELD_KIND.transferEncoding:
        if (this.isChunked) {
          throw this.refuse('INVALID_TRANSFER_ENCODING', 'Cannot read head: it has several Transfer-Encoding fields')
        }
        readTransferEncoding(this, textOf(buffer, valueStart, valueEnd))
        this.isChunked = true
        if (textOf(buffer, valueStart, valueEnd) !== 'chunked') this.isFramingPlain = false
        this.#takeForm(buffer, valueStart, valueEnd, line + TRANSFER_ENCODING_SIZE, lineEnd)
        break
      case FIELD_KIND.connection:
        this.#takeConnection(buffer, valueStart, valueEnd)
        break
      case FIELD_KIND.upgrade:
        this.upgrade += `${this.upgrade === '' ? '' : ', '}${textOf(buffer, valueStart, valueEnd)}`
        break
      case FIELD_KIND.te:
        if (TRAILERS.test(textOf(buffer, valueStart, valueEnd))) this.acceptsTrailers = true
        break
      case FIELD_KIND.keepAlive:
        this.keepAlive = textOf(buffer, valueStart, valueEnd)
        break
    }
    const lines = this.#lines
    lines[this.#lineSize++] = kind
    lines[this.#lineSize++] = line - start
    lines[this.#lineSize++] = lineEnd - start
  }

  /** Whether a line that frames the body has one space behind its colon and none at its end. */
  #takeForm(buffer: Uint8Array, valueStart: number, valueEnd: number, nameEnd: number, lineEnd: number): void {
    const isPlain = valueStart === nameEnd + 2 && buffer[nameEnd + 1] === SPACE && lineEnd === valueEnd + 2
    if (!isPlain) this.isFramingPlain = false
  }

  #takeHost(buffer: Uint8Array, valueStart: number, valueEnd: number, start: number): void {
    if (!this.isRequest) return
    if (this.hostStart >= 0) throw this.refuse('INVALID_HOST', 'Cannot read head: it has several Host fields')
    if (!isHost(buffer, valueStart, valueEnd)) {
      const value = textOf(buffer, valueStart, Math.min(valueEnd, valueStart + 200))
      throw this.refuse(
        'INVALID_HOST',
        `Cannot read Host "${value}": expected a name or an address with an optional port`,
      )
    }
    this.hostStart = valueStart - start
    this.hostEnd = valueEnd - start
  }

  /** RFC 9112 6.3: digits only; a repeated field is refused even with the same value, since others may count differently. */
  #takeContentLength(buffer: Uint8Array, valueStart: number, valueEnd: number): void {
    if (this.contentLength >= 0) {
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
    this.contentLength = length
  }

  #takeConnection(buffer: Uint8Array, valueStart: number, valueEnd: number): void {
    if (equals(buffer, valueStart, valueEnd, 'keep-alive')) this.isKeepAlive = true
    else if (equals(buffer, valueStart, valueEnd, 'close')) this.isClose = true
    else {
      const tokens = [...this.connectionTokens]
      for (const item of textOf(buffer, valueStart, valueEnd).split(',')) {
        const name = trimBlanks(item).toLowerCase()
        if (name === 'close') this.isClose = true
        else if (name === 'keep-alive') this.isKeepAlive = true
        else if (name !== '') tokens.push(name)
      }
      this.connectionTokens = tokens
    }
  }

  /** What can be told only when the whole head is known. */
  #check(): void {
    if (this.isChunked) {
      if (this.contentLength >= 0) {
        throw this.refuse(
          'INVALID_TRANSFER_ENCODING',
          'Cannot read head: it has both Transfer-Encoding and Content-Length',
        )
      }
      if (this.minorVersion === 0) {
        throw this.refuse('INVALID_TRANSFER_ENCODING', 'Cannot read head: HTTP/1.0 has no Transfer-Encoding')
      }
    }
    if (this.isRequest && this.hostStart < 0 && this.minorVersion === 1) {
      throw this.refuse('INVALID_HOST', 'Cannot read head: HTTP/1.1 requires a Host field')
    }
  }
}

function isFieldValue(code: number): boolean {
  return code < 32 ? code === TAB : code !== 127
}

/** Whether bytes are a text of lower case letters and hyphens, whatever their case, without making a string. */
function equals(buffer: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) if (((buffer[start + i] as number) | 32) !== text.charCodeAt(i)) return false
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
