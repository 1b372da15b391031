import { ProxyError } from '../errors.ts'
import { Data, MessageEnd, MessageStart, type Receiver } from '../events.ts'
import { LIMITS } from '../limits.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { decodeLatin1 } from './decode-latin1.ts'
import { HeadParser } from './head-parser.ts'
import type { MessageReader, MessageReaderOptions } from '../http-codec.ts'
import { ParsedHead } from './parsed-head.ts'

const HEAD = 0
const LENGTH = 1
const CHUNKED = 2
const UNTIL_CLOSE = 3
const TUNNEL = 4
const CR = 13
const LF = 10
const MAX_EMPTY_LINES = 1
const MAX_TEXT_BODY_BYTES = 1024
/** The end of messages without trailers: all the same, and nobody can change it. */
const PLAIN_END = new MessageEnd()
const NOBODY: Receiver = { process: () => undefined }

/**
 * Turns bytes into messages (RFC 9112 6.3): MessageStart with a ParsedHead, Data that share the bytes, MessageEnd.
 * It stops where it is told to, in the middle of the bytes it was given, so that whoever has enough can keep the rest.
 */
export class MessageDecoder implements MessageReader {
  requestMethod = 'GET'
  isHalted = false
  readonly #isRequest: boolean
  readonly #parser: HeadParser
  readonly #decodeLatin1: (bytes: Uint8Array, start: number, end: number) => string
  readonly #output: Receiver
  #state = HEAD
  #remaining = 0
  #chunked: ChunkedDecoder | undefined
  #isTunnel = false
  #emptyLines = 0
  /** What is being decoded, if it is held as text: such as a head that was written in this very process. */
  #text: string | undefined
  /** A head whose end has not come yet. */
  #partial: Uint8Array | undefined
  #partialSize = 0

  constructor(options: MessageReaderOptions, output: Receiver) {
    this.#isRequest = options.isRequest
    this.#parser = new HeadParser(options.isRequest, options.limits ?? LIMITS)
    this.#decodeLatin1 = options.decodeLatin1 ?? decodeLatin1
    this.#output = output
  }

  get isInMessage(): boolean {
    return this.#state !== HEAD || this.#partialSize > 0
  }

  tunnel(): void {
    this.#isTunnel = true
  }

  get isInHead(): boolean {
    return this.#partialSize > 0
  }

  get isUntilClose(): boolean {
    return this.#state === UNTIL_CLOSE
  }

  decode(data: Data): number {
    // The receiver of an event may take bytes off a Data: this one stays the decoder's own.
    this.#text = data.latin1Text
    const { buffer, start, end } = data
    let i = start
    while (i < end && !(this.isHalted && this.#state === HEAD)) {
      i = this.#state === HEAD ? this.#decodeHead(data, buffer, i, end) : this.#decodeBody(data, i)
    }
    return i - start
  }

  end(): ProxyError | undefined {
    if (this.#state === UNTIL_CLOSE) {
      this.#endMessage(undefined)
      return undefined
    }
    if (!this.isInMessage || this.#state === TUNNEL) return undefined
    const part = this.#state === HEAD ? 'head' : 'body'
    const text = `Cannot read on: the connection ended inside the ${part} of a message`
    return new ProxyError('TRUNCATED_MESSAGE', text, this.#isRequest ? {} : { source: 'upstream' })
  }

  #decodeHead(data: Data, buffer: Uint8Array, position: number, end: number): number {
    if (this.#partial !== undefined && this.#partialSize > 0)
      return this.#decodePartial(this.#partial, data, position, end)
    let start = position
    const isLineBreak = buffer[start] === CR || buffer[start] === LF
    if (this.#isRequest && (isLineBreak || this.#emptyLines % 2 === 1)) {
      start = this.#skipEmptyLine(buffer, start, end)
      if (start >= end) return end
    }
    const bodyStart = this.#parser.parse(buffer, start, end)
    if (bodyStart < 0) {
      this.#keepPartial(buffer, start, end)
      return end
    }
    const size = this.#smallBodySize(end - bodyStart)
    if (size === 0) {
      this.#startMessage(this.#readText(buffer, start, bodyStart), data, bodyStart)
      return bodyStart
    }
    const text = this.#readText(buffer, start, bodyStart + size)
    const headSize = bodyStart - start
    this.#startMessage(text.slice(0, headSize), data, bodyStart)
    if (this.#state !== LENGTH) return bodyStart
    this.#output.process(Data.latin1(text.slice(headSize)))
    this.#endMessage(undefined)
    return bodyStart + size
  }

  #readText(buffer: Uint8Array, start: number, end: number): string {
    // What is held as text begins at 0 in its bytes.
    return this.#text === undefined ? this.#decodeLatin1(buffer, start, end) : this.#text.slice(start, end)
  }

  /**
   * How long a body is that has come whole together with its head, and is so small that it travels as text with it: what
   * reading the bytes as text costs is the call. 0 for all others.
   */
  #smallBodySize(available: number): number {
    const { contentLength, isChunked } = this.#parser.facts
    const isSmall = contentLength > 0 && contentLength <= MAX_TEXT_BODY_BYTES && !isChunked
    return isSmall && contentLength <= available ? contentLength : 0
  }

  /** RFC 9112 2.2: one empty line before a request is forgiven. */
  #skipEmptyLine(buffer: Uint8Array, start: number, end: number): number {
    if (buffer[start] === LF && this.#emptyLines % 2 === 0) throw this.#malformedStart()
    let i = start
    while (i < end && (buffer[i] === CR || buffer[i] === LF)) {
      const isExpected = (buffer[i] === CR) === (this.#emptyLines % 2 === 0)
      if (!isExpected || this.#emptyLines >= 2 * MAX_EMPTY_LINES) throw this.#malformedStart()
      this.#emptyLines++
      i++
    }
    if (i < end && this.#emptyLines % 2 === 1) throw this.#malformedStart()
    return i
  }

  #malformedStart(): ProxyError {
    return this.#parser.refuse('MALFORMED_START_LINE', 'Cannot read request line: it is preceded by stray line breaks')
  }

  #keepPartial(buffer: Uint8Array, start: number, end: number): void {
    this.#partial ??= new Uint8Array(this.#parser.limits.maxHeaderBytes + 1)
    this.#partial.set(buffer.subarray(start, end), 0)
    this.#partialSize = end - start
  }

  #decodePartial(partial: Uint8Array, data: Data, position: number, end: number): number {
    const before = this.#partialSize
    const taken = Math.min(partial.length - before, end - position)
    partial.set(data.buffer.subarray(position, position + taken), before)
    const bodyStart = this.#parser.parse(partial, 0, before + taken)
    if (bodyStart < 0) {
      this.#partialSize += taken
      return position + taken
    }
    const text = this.#decodeLatin1(partial, 0, bodyStart)
    this.#partialSize = 0
    this.#partial = undefined
    const bodyPosition = position + bodyStart - before
    this.#startMessage(text, data, bodyPosition)
    return bodyPosition
  }

  #startMessage(text: string, data: Data, bodyPosition: number): void {
    this.#emptyLines = 0
    const head = new ParsedHead(this.#parser.facts, text)
    if (this.#isRequest) checkAuthority(head)
    if (head.isConnect) checkConnect(head)
    const hasBody = this.#beginBody(head, data, bodyPosition)
    this.#output.process(new MessageStart(undefined, head))
    if (!hasBody) this.#endMessage(undefined)
  }

  /** RFC 9112 6.3. @returns whether a body follows */
  #beginBody(head: ParsedHead, data: Data, position: number): boolean {
    if (!this.#isRequest) {
      const { status } = head
      if (status < 200 || status === 204 || status === 304 || this.requestMethod === 'HEAD') return false
      // RFC 9112 6.3: what follows are the bytes of the tunnel, whatever the head says.
      if (this.requestMethod === 'CONNECT' && status < 300) return false
    }
    if (head.isChunked) {
      this.#checkChunks(data, position)
      this.#state = CHUNKED
      this.#chunked = new ChunkedDecoder(this.#isRequest)
      return true
    }
    if (head.contentLength > 0) {
      this.#state = LENGTH
      this.#remaining = head.contentLength
      return true
    }
    if (this.#isRequest || head.contentLength === 0) return false
    this.#state = UNTIL_CLOSE
    return true
  }

  /**
   * Reads what came of a chunked body together with its head to no purpose but to refuse it: of a message that is
   * refused nothing should have been passed on, and with the head it would have been.
   */
  #checkChunks(data: Data, position: number): void {
    new ChunkedDecoder(this.#isRequest).decode(data, position, NOBODY)
  }

  #decodeBody(data: Data, position: number): number {
    const available = data.end - position
    if (this.#state === CHUNKED) return this.#decodeChunked(data, position)
    const taken = this.#state === LENGTH ? Math.min(this.#remaining, available) : available
    const isOver = this.#state === LENGTH && taken === this.#remaining
    this.#remaining -= taken
    const offset = position - data.start
    this.#output.process(data.slice(offset, offset + taken))
    if (isOver) this.#endMessage(undefined)
    return position + taken
  }

  #decodeChunked(data: Data, position: number): number {
    const decoder = this.#chunked as ChunkedDecoder
    const i = decoder.decode(data, position, this.#output)
    if (decoder.isDone) {
      this.#chunked = undefined
      this.#endMessage(decoder.trailers)
    }
    return i
  }

  #endMessage(trailers: MessageEnd['tail']): void {
    this.#state = this.#isTunnel ? TUNNEL : HEAD
    this.#output.process(trailers === undefined ? PLAIN_END : new MessageEnd(trailers))
  }
}

/** RFC 9112 3.2.2: an absolute target decides; a Host that says otherwise is an attempt to be routed twice. */
function checkAuthority(head: ParsedHead): void {
  const authority = head.targetAuthority
  if (authority === undefined) return
  const host = head.fields.get('host')
  if (host === undefined || host.toLowerCase() === authority.toLowerCase()) return
  // Clients that connect to the scheme's own port leave it out of their Host: undici, and with it Node's fetch.
  if (head.isConnect && host.toLowerCase() === authority.toLowerCase().replace(/:\d+$/, '')) return
  throw new ProxyError('INVALID_HOST', `Cannot route request: its target names "${authority}", its Host "${host}"`)
}

/** RFC 9110 9.3.6: no content; what one reader takes for it are the first bytes of the tunnel to another one. */
function checkConnect({ isChunked, contentLength }: ParsedHead): void {
  if (isChunked) throw new ProxyError('INVALID_TRANSFER_ENCODING', 'Cannot take CONNECT with a body')
  if (contentLength > 0) throw new ProxyError('INVALID_CONTENT_LENGTH', 'Cannot take CONNECT with a body')
}
