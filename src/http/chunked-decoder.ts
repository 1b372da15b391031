/** Reads the chunked transfer coding (RFC 9112 7.1), as strictly as the head is read. */
import { ProxyError, type ErrorCode } from '../errors.ts'
import type { Data, Headers, Receiver } from '../events.ts'
import { LIMITS } from '../limits.ts'
import { parseTrailers } from './trailers.ts'

const CR = 13
const LF = 10
const EXTENSION =
  /^[0-9A-Fa-f]+(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~\w-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)*$/
const MAX_SIZE_DIGITS = 13

const SIZE = 0
const SIZE_LF = 1
const BODY = 2
const BODY_CR = 3
const BODY_LF = 4
const TRAILERS = 5
const DONE = 6

/** Decodes one chunked body; made anew for each. */
export class ChunkedDecoder {
  /** The trailer fields, once the body is over and if there are any. */
  trailers: Headers | undefined = undefined
  readonly #isRequest: boolean
  #state = SIZE
  #size = 0
  #digits = 0
  /** The line being read, once it is more than a size: with an extension, or in the trailers. */
  #line = ''
  #isExtension = false

  constructor(isRequest: boolean) {
    this.#isRequest = isRequest
  }

  /** Whether the last chunk and the trailers have been read. */
  get isDone(): boolean {
    return this.#state === DONE
  }

  /**
   * Reads from `position` of the data's buffer and outputs the content of chunks, without copying it.
   * @returns how far it read: the end, or the place behind the body
   * @throws MALFORMED_CHUNK, MALFORMED_TRAILER
   */
  decode(data: Data, position: number, output: Receiver): number {
    const { buffer, start, end } = data
    let i = position
    while (i < end && this.#state !== DONE) {
      if (this.#state === BODY) {
        const taken = Math.min(this.#size, end - i)
        output.process(data.slice(i - start, i - start + taken))
        i += taken
        this.#size -= taken
        if (this.#size === 0) this.#state = BODY_CR
      } else {
        this.#take(buffer[i] as number)
        i++
      }
    }
    return i
  }

  #take(byte: number): void {
    switch (this.#state) {
      case SIZE:
        return this.#takeSize(byte)
      case SIZE_LF:
        this.#expect(byte, LF)
        return this.#endSizeLine()
      case BODY_CR:
        this.#expect(byte, CR)
        this.#state = BODY_LF
        return
      case BODY_LF:
        this.#expect(byte, LF)
        this.#state = SIZE
        return
      case TRAILERS:
        return this.#takeTrailer(byte)
    }
  }

  #takeSize(byte: number): void {
    const value = this.#isExtension ? -1 : hexValue(byte)
    if (value >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS)
        throw this.#refuse('MALFORMED_CHUNK', 'Cannot read chunk size: it is too large')
      this.#size = this.#size * 16 + value
      return
    }
    if (byte === CR) {
      this.#checkSizeLine()
      this.#state = SIZE_LF
      return
    }
    if (!this.#isExtension) {
      this.#isExtension = true
      this.#line = ''
    }
    if (byte === LF || this.#line.length >= LIMITS.maxChunkLineBytes) {
      const state = byte === LF ? 'LF without CR' : `it is longer than ${LIMITS.maxChunkLineBytes} bytes`
      throw this.#refuse('MALFORMED_CHUNK', `Cannot read chunk size line: ${state}`)
    }
    this.#line += String.fromCharCode(byte)
  }

  #checkSizeLine(): void {
    const isValid = this.#digits > 0 && (!this.#isExtension || EXTENSION.test(`0${this.#line}`))
    if (isValid) return
    const text = (this.#digits > 0 ? '…' : '') + this.#line.slice(0, 64)
    throw this.#refuse('MALFORMED_CHUNK', `Cannot read chunk size "${text}": expected hexadecimal digits`)
  }

  #endSizeLine(): void {
    this.#digits = 0
    this.#isExtension = false
    this.#line = ''
    this.#state = this.#size > 0 ? BODY : TRAILERS
  }

  /** Collects the trailer section up to its empty line. */
  #takeTrailer(byte: number): void {
    this.#line += String.fromCharCode(byte)
    if (this.#line.length > LIMITS.maxTrailerBytes) {
      throw this.#refuse('MALFORMED_TRAILER', `Cannot read trailers: more than ${LIMITS.maxTrailerBytes} bytes`)
    }
    if (byte !== LF) return
    if (!this.#line.endsWith('\r\n')) throw this.#refuse('MALFORMED_TRAILER', 'Cannot read trailers: LF without CR')
    if (this.#line !== '\r\n' && !this.#line.endsWith('\r\n\r\n')) return
    try {
      this.trailers = parseTrailers(this.#line.slice(0, -2))
    } catch (error) {
      throw this.#refuse('MALFORMED_TRAILER', (error as Error).message)
    }
    this.#state = DONE
  }

  #expect(byte: number, wanted: number): void {
    if (byte === wanted) return
    const text = `byte 0x${byte.toString(16).padStart(2, '0')} instead of ${wanted === CR ? 'CR' : 'LF'}`
    throw this.#refuse('MALFORMED_CHUNK', `Cannot read end of chunk: ${text}`)
  }

  #refuse(code: ErrorCode, message: string): ProxyError {
    return new ProxyError(code, message, this.#isRequest ? {} : { source: 'upstream' })
  }
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}
