/** A head as the actors of the simulation read it. */
export interface WireHead {
  readonly startLine: string
  /** Of an answer. */
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
}

/** Whoever is told what a connection's bytes say. */
export interface WireListener {
  onHead(head: WireHead): void
  onBody(text: string): void
  onMessageEnd(trailers: ReadonlyMap<string, string>): void
  /** Bytes behind the switch to another protocol. */
  onTunnel(text: string): void
}

type State = 'head' | 'length' | 'size' | 'chunk' | 'chunk end' | 'trailers' | 'until close' | 'tunnel' | 'stopped'

const decoder = new TextDecoder('latin1')
const NO_FIELDS: ReadonlyMap<string, string> = new Map()

/**
 * A reader of HTTP/1.1 for the actors of the simulation. It is written apart from Sluice's own codec, so that both do not
 * share a mistake, and knows only what the actors send.
 */
export class WireReader {
  readonly #isRequest: boolean
  readonly #listener: WireListener
  readonly #isBodiless: (status: number) => boolean
  #state: State = 'head'
  /** What has come of a line or a head that is not complete. */
  #text = ''
  #remaining = 0

  /** @param isBodiless whether the next message has no body whatever its head says: an answer to HEAD, say */
  constructor(isRequest: boolean, listener: WireListener, isBodiless: (status: number) => boolean = () => false) {
    this.#isRequest = isRequest
    this.#listener = listener
    this.#isBodiless = isBodiless
  }

  /** Whether something of a message has come that is not complete. */
  get isInMessage(): boolean {
    return this.#state !== 'head' || this.#text !== ''
  }

  /** Takes no notice of anything that comes. */
  stop(): void {
    this.#state = 'stopped'
    this.#text = ''
  }

  /** What comes from now on is another protocol. */
  tunnel(): void {
    this.#state = 'tunnel'
  }

  /** @throws Error when the bytes are no HTTP */
  push(bytes: Uint8Array): void {
    let text = this.#text + decoder.decode(bytes)
    this.#text = ''
    while (text !== '') {
      const rest = this.#step(text)
      if (rest === undefined) {
        this.#text = text
        return
      }
      text = rest
    }
  }

  /** The connection ended in good order. @returns what it ended inside of */
  end(): 'nothing' | 'head' | 'body' | 'tunnel' {
    const { isInMessage } = this
    const state = this.#state
    this.stop()
    if (state === 'until close') this.#listener.onMessageEnd(NO_FIELDS)
    if (!isInMessage || state === 'stopped' || state === 'until close') return 'nothing'
    return state === 'head' || state === 'tunnel' ? state : 'body'
  }

  /** Reads one thing. @returns the text behind it; undefined when it has not come whole */
  #step(text: string): string | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(text)
      case 'length':
      case 'chunk':
        return this.#readBody(text)
      case 'size':
        return this.#readSize(text)
      case 'chunk end':
        if (text.length < 2) return undefined
        if (!text.startsWith('\r\n')) throw new Error('a chunk does not end where it should')
        this.#state = 'size'
        return text.slice(2)
      case 'trailers':
        return this.#readTrailers(text)
      case 'until close':
        this.#listener.onBody(text)
        return ''
      case 'tunnel':
        this.#listener.onTunnel(text)
        return ''
      case 'stopped':
        return ''
    }
  }

  #readHead(text: string): string | undefined {
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const lineEnd = text.indexOf('\r\n')
    const startLine = text.slice(0, lineEnd)
    if (!this.#isRequest && !/^HTTP\/1\.1 \d{3} /.test(startLine)) throw new Error(`"${startLine}" is no status line`)
    const status = this.#isRequest ? 0 : Number(startLine.slice(9, 12))
    const head = { startLine, status, headers: end === lineEnd ? NO_FIELDS : readFields(text.slice(lineEnd + 2, end)) }
    this.#begin(head)
    const isBodiless = this.#state === 'head'
    this.#listener.onHead(head)
    if (isBodiless && this.#state === 'head') this.#listener.onMessageEnd(NO_FIELDS)
    return text.slice(end + 4)
  }

  #begin({ status, headers }: WireHead): void {
    const length = headers.get('content-length')
    const coding = headers.get('transfer-encoding')
    if (length !== undefined && coding !== undefined) throw new Error('a message has both length and chunks')
    if (length !== undefined && !/^\d+$/.test(length)) throw new Error(`"${length}" is no length`)
    if (coding !== undefined && coding !== 'chunked') throw new Error(`"${coding}" is no coding that anybody asked for`)
    if (status === 101) {
      this.#state = 'tunnel'
      return
    }
    if (!this.#isRequest && (status < 200 || status === 204 || status === 304 || this.#isBodiless(status))) return
    this.#remaining = Number(length ?? 0)
    if (coding !== undefined) this.#state = 'size'
    else if (this.#remaining > 0) this.#state = 'length'
    else if (!this.#isRequest && length === undefined) this.#state = 'until close'
  }

  #readBody(text: string): string {
    const piece = text.length > this.#remaining ? text.slice(0, this.#remaining) : text
    const isLength = this.#state === 'length'
    this.#remaining -= piece.length
    const isOver = this.#remaining === 0
    if (isOver) this.#state = isLength ? 'head' : 'chunk end'
    this.#listener.onBody(piece)
    if (isOver && isLength && !this.#isStopped) this.#listener.onMessageEnd(NO_FIELDS)
    return text.slice(piece.length)
  }

  #readSize(text: string): string | undefined {
    const end = text.indexOf('\r\n')
    if (end < 0) return undefined
    const line = text.slice(0, end)
    if (!/^[0-9a-f]+$/.test(line)) throw new Error(`"${line.slice(0, 40)}" is no chunk size`)
    this.#remaining = Number.parseInt(line, 16)
    this.#state = this.#remaining === 0 ? 'trailers' : 'chunk'
    return text.slice(end + 2)
  }

  #readTrailers(text: string): string | undefined {
    if (text.startsWith('\r\n')) return this.#endChunked(NO_FIELDS, text.slice(2))
    const end = text.indexOf('\r\n\r\n')
    return end < 0 ? undefined : this.#endChunked(readFields(text.slice(0, end)), text.slice(end + 4))
  }

  #endChunked(trailers: ReadonlyMap<string, string>, rest: string): string {
    this.#state = 'head'
    this.#listener.onMessageEnd(trailers)
    return rest
  }

  get #isStopped(): boolean {
    return this.#state === 'stopped'
  }
}

function readFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon <= 0) throw new Error(`"${line.slice(0, 40)}" is no field`)
    const name = line.slice(0, colon).toLowerCase()
    if (fields.has(name)) throw new Error(`a message has ${name} twice`)
    fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}
