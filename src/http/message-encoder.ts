import { ProxyError } from '../errors.ts'
import { Data, type Head, type MessageEnd, type MessageStart, type Receiver } from '../events.ts'
import { writeRequestHead, writeResponseHead } from './head-writer.ts'
import { isBodiless } from './is-bodiless.ts'
import { lengthMismatch } from './length-mismatch.ts'
import { MessageHead } from './message-head.ts'
import type { MessageSettings, MessageWriter } from '../http-codec.ts'
import { PLAIN_MESSAGE } from './message-settings.ts'
import { ParsedHead } from './parsed-head.ts'
import { readLength } from './read-length.ts'
import { writeTrailers } from './trailers.ts'

const CHUNKED_LINE = 'Transfer-Encoding: chunked\r\n'
/** Of what TE can ask only trailers are this connection's to promise: they are passed on. */
const TE_LINE = 'TE: trailers\r\n'
const LAST_CHUNK = '0\r\n'
/** A body of unknown length is collected up to here so that its length can be told; a longer one is sent in chunks. */
const MAX_COLLECTED_BYTES = 64 * 1024

/** How the body is told from what follows it (RFC 9112 6). */
type Framing = 'none' | 'length' | 'chunked' | 'close' | 'collect' | 'count'

/**
 * Turns the events of one message after the other into bytes. The body's framing follows what the head says, and
 * where the head does not say, what the body turns out to be: collected and counted when it is small, chunked otherwise.
 */
export class MessageEncoder implements MessageWriter {
  hasWrittenHead = false
  isLast = false
  readonly #isRequest: boolean
  readonly #output: Receiver
  #settings = PLAIN_MESSAGE
  #start: MessageStart | undefined
  /** The head that a decoder gave, of this kind of message. */
  #source: MessageHead | undefined
  /** It goes out in the text in which it came. */
  #isAsItCame = false
  /** The Via line of HTTP/1.1 messages, and the name in it. */
  #via = ''
  #viaName = ''
  #framing: Framing = 'none'
  #remaining = 0
  #collected: Data[] = []
  #collectedBytes = 0

  constructor(isRequest: boolean, output: Receiver) {
    this.#isRequest = isRequest
    this.#output = output
  }

  start(event: MessageStart, settings: MessageSettings = PLAIN_MESSAGE): ProxyError | undefined {
    this.#start = event
    this.#settings = settings
    this.hasWrittenHead = false
    this.isLast = !settings.isPersistent
    this.#collectedBytes = 0
    if (this.#collected.length > 0) this.#collected = []
    const source =
      event.source instanceof MessageHead && event.source.isRequest === this.#isRequest ? event.source : undefined
    const isAsItCame = source instanceof ParsedHead && (!event.isHeadRead || source.isUnchanged(event.head))
    this.#source = source
    this.#isAsItCame = isAsItCame
    const head = isAsItCame ? undefined : event.head
    if (!this.#isRequest && isBodiless(this.#status(source, head), settings.requestMethod))
      return this.#startBodiless(source, head)
    return this.#startBody(source, head)
  }

  data(event: Data): ProxyError | undefined {
    switch (this.#framing) {
      case 'length':
        this.#remaining -= event.size
        if (this.#remaining < 0) return lengthMismatch(this.#remaining)
        if (event.size > 0) this.#output.process(event)
        return undefined
      case 'chunked':
        this.#writeChunk(event)
        return undefined
      case 'close':
        this.#output.process(event)
        return undefined
      case 'collect':
        return this.#collect(event)
      case 'count':
        this.#collectedBytes += event.size
        return undefined
      case 'none':
        return undefined
    }
  }

  end(event: MessageEnd): ProxyError | undefined {
    switch (this.#framing) {
      case 'length':
        return this.#remaining === 0 ? undefined : lengthMismatch(this.#remaining)
      case 'chunked':
        return this.#attempt(() => this.#text(LAST_CHUNK + writeTrailers(event.tail)))
      case 'collect':
      case 'count':
        return this.#endCollected()
      default:
        return undefined
    }
  }

  interim(event: MessageStart): ProxyError | undefined {
    return this.#attempt(() => this.#text(writeResponseHead(event, { framing: '', added: '' })))
  }

  #startBodiless(source: MessageHead | undefined, head: Head | undefined): ProxyError | undefined {
    const status = this.#status(source, head)
    if (this.#settings.requestMethod !== 'HEAD' && status !== 304) {
      // RFC 9110 8.6: no Content-Length in 1xx and 204; 15.3.6: a 205 says that it has no body.
      this.#framing = 'none'
      return this.#writeHead(status === 205 ? 'Content-Length: 0\r\n' : '')
    }
    const declared = readLength(head?.headers?.['content-length'])
    if (declared instanceof ProxyError) return declared
    const isTold = source === undefined ? declared >= 0 : !source.hasUnknownLength
    const isLengthKnown = isTold || status === 304
    this.#framing = isLengthKnown ? 'none' : 'count'
    if (!isLengthKnown) return undefined
    const isChunkedForOldClient = source?.isChunked === true && this.#settings.minorVersion === 0
    return this.#writeHead(isChunkedForOldClient ? '' : undefined)
  }

  #startBody(source: MessageHead | undefined, head: Head | undefined): ProxyError | undefined {
    // Also of a request that comes back as its own answer.
    const isUnknown = this.#start?.source instanceof MessageHead && this.#start.source.hasUnknownLength
    const headers = head?.headers
    if (headers === undefined ? source?.isChunked === true : isChunked(headers['transfer-encoding'])) {
      return this.#startStream(headers === undefined ? undefined : CHUNKED_LINE)
    }
    const told = headers === undefined ? (source?.contentLength ?? -1) : readLength(headers['content-length'])
    if (told instanceof ProxyError) return told
    // What came by fetch may have a length that its fields do not tell.
    const isImplied = told < 0 && source !== undefined && !(source instanceof ParsedHead) && source.contentLength === 0
    const declared = isImplied ? 0 : told
    if (declared >= 0 && !isUnknown) {
      this.#framing = 'length'
      this.#remaining = declared
      return this.#writeHead(isImplied ? 'Content-Length: 0\r\n' : undefined)
    }
    // An answer that lasts until its connection ends: nobody knows when that will be.
    if (source !== undefined && !isUnknown && !this.#isRequest) return this.#startStream(CHUNKED_LINE)
    this.#framing = 'collect'
    return undefined
  }

  /** Begins a body whose length is told by its last chunk, or for HTTP/1.0 by the end of the connection. */
  #startStream(framing: string | undefined): ProxyError | undefined {
    if (this.#settings.minorVersion === 1) {
      this.#framing = 'chunked'
      return this.#writeHead(framing)
    }
    this.#framing = 'close'
    this.isLast = true
    return this.#writeHead('')
  }

  #collect(event: Data): ProxyError | undefined {
    const isFlush = event.size === 0
    if (!isFlush) {
      this.#collected.push(event.keep())
      this.#collectedBytes += event.size
      if (this.#collectedBytes <= MAX_COLLECTED_BYTES) return undefined
    }
    const error = this.#startStream(CHUNKED_LINE)
    if (error !== undefined) return error
    for (const data of this.#collected.splice(0)) this.data(data)
    return undefined
  }

  #endCollected(): ProxyError | undefined {
    const isLengthNeeded = !this.#isRequest || this.#collectedBytes > 0 || this.#needsLength()
    const error = this.#writeHead(isLengthNeeded ? `Content-Length: ${this.#collectedBytes}\r\n` : '')
    if (error !== undefined) return error
    if (this.#collectedBytes > 0) for (const data of this.#collected.splice(0)) this.#output.process(data)
    return undefined
  }

  #writeHead(framing: string | undefined): ProxyError | undefined {
    const start = this.#start as MessageStart
    const added = this.#connectionLines() + this.#viaLine()
    try {
      let text: string
      if (this.#isAsItCame) text = (this.#source as ParsedHead).toForwardedText(framing, added)
      else
        text = this.#isRequest
          ? writeRequestHead(start, { framing, added })
          : writeResponseHead(start, { framing, added })
      this.hasWrittenHead = true
      this.#text(text)
      return undefined
    } catch (error) {
      return ProxyError.from(error, 'INVALID_OUTPUT', 'Cannot write head')
    }
  }

  /** RFC 9112 9.3: HTTP/1.1 stays open unless told otherwise, HTTP/1.0 the other way round. */
  #connectionLines(): string {
    const { upgrade } = this.#settings
    const te = this.#isRequest && this.#asksForTrailers() ? TE_LINE : ''
    if (upgrade !== '') return `Connection: Upgrade${te === '' ? '' : ', TE'}\r\nUpgrade: ${upgrade}\r\n${te}`
    if (this.#isRequest) return te === '' ? '' : `Connection: TE\r\n${te}`
    if (this.isLast) return 'Connection: close\r\n'
    return this.#settings.minorVersion === 0 ? 'Connection: keep-alive\r\n' : ''
  }

  /** Only of what is passed on: a message of a script's own begins here. */
  #viaLine(): string {
    const { via } = this.#settings
    const source = this.#source
    if (via === '' || source === undefined) return ''
    if (source.minorVersion === 0) return `Via: 1.0 ${via}\r\n`
    if (via !== this.#viaName) {
      this.#viaName = via
      this.#via = `Via: 1.1 ${via}\r\n`
    }
    return this.#via
  }

  /** RFC 9110 8.6: a request whose method anticipates a body says that it has none. */
  #needsLength(): boolean {
    const method = this.#isAsItCame ? this.#source?.method : this.#start?.head?.method
    return method === 'POST' || method === 'PUT' || method === 'PATCH'
  }

  /** Whether the client takes trailers, unless a script took that off its head. */
  #asksForTrailers(): boolean {
    if (this.#source === undefined || !this.#source.acceptsTrailers) return false
    return this.#isAsItCame || this.#start?.head.headers?.['te'] !== undefined
  }

  #writeChunk(event: Data): void {
    if (event.size === 0) return
    this.#text(`${event.size.toString(16)}\r\n`)
    this.#output.process(event)
    this.#text('\r\n')
  }

  #text(text: string): void {
    this.#output.process(Data.latin1(text))
  }

  #attempt(write: () => void): ProxyError | undefined {
    try {
      write()
      return undefined
    } catch (error) {
      return ProxyError.from(error, 'INVALID_OUTPUT', 'Cannot send message')
    }
  }

  #status(source: MessageHead | undefined, head: Head | undefined): number {
    return Number(head === undefined ? (source?.status ?? 200) : (head.status ?? 200))
  }
}

function isChunked(value: unknown): boolean {
  return typeof value === 'string' && value.trim().toLowerCase() === 'chunked'
}
