/**
 * A reader of HTTP/1.1 for the actors of the simulation. It is written apart from Sluice's own codec, so that both do not
 * share a mistake, and knows only what the actors send.
 */
export interface WireMessage {
  readonly startLine: string
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** Whether its end was told: by its length, its last chunk, or the end of a connection that had to tell it. */
  readonly isComplete: boolean
}

export class WireReader {
  #text = ''
  readonly #isBodiless: () => boolean
  readonly #isRequest: boolean

  /** @param isBodiless whether the next message has no body whatever its head says: an answer to HEAD */
  constructor(isRequest: boolean, isBodiless: () => boolean = () => false) {
    this.#isRequest = isRequest
    this.#isBodiless = isBodiless
  }

  /** Whether something of a message is there that is not complete. */
  get isInMessage(): boolean {
    return this.#text !== ''
  }

  push(bytes: Uint8Array): void {
    this.#text += String.fromCharCode(...bytes)
  }

  /** The head of the message that is coming in, once it is there. */
  peekHead(): Pick<WireMessage, 'startLine' | 'headers'> | undefined {
    const end = this.#text.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [startLine = '', ...lines] = this.#text.slice(0, end).split('\r\n')
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    return { startLine, headers }
  }

  /** The next message that is there whole, taken out. @throws Error when the bytes are no HTTP */
  next(): WireMessage | undefined {
    const head = this.peekHead()
    if (head === undefined) return undefined
    const bodyStart = this.#text.indexOf('\r\n\r\n') + 4
    const length = head.headers.get('content-length')
    const isChunked = head.headers.get('transfer-encoding') === 'chunked'
    if (length !== undefined && isChunked) throw new Error('a message has both length and chunks')
    const status = this.#isRequest ? 0 : Number(head.startLine.split(' ')[1])
    const isInterim = !this.#isRequest && status < 200
    if (isInterim || this.#isBodiless() || status === 204 || status === 304) return this.#take(head, '', bodyStart)
    if (isChunked) return this.#takeChunked(head, bodyStart)
    if (length !== undefined) {
      const end = bodyStart + Number(length)
      return this.#text.length < end ? undefined : this.#take(head, this.#text.slice(bodyStart, end), end)
    }
    return this.#isRequest ? this.#take(head, '', bodyStart) : undefined
  }

  /** The connection ended: the message that lasted until then, or part of one. */
  end(): WireMessage | undefined {
    const head = this.peekHead()
    if (head === undefined) return undefined
    const isUntilClose =
      !this.#isRequest && !head.headers.has('content-length') && head.headers.get('transfer-encoding') !== 'chunked'
    const body = this.#text.slice(this.#text.indexOf('\r\n\r\n') + 4)
    this.#text = ''
    return { ...head, body, isComplete: isUntilClose }
  }

  #takeChunked(head: Pick<WireMessage, 'startLine' | 'headers'>, bodyStart: number): WireMessage | undefined {
    let body = ''
    let position = bodyStart
    for (;;) {
      const lineEnd = this.#text.indexOf('\r\n', position)
      if (lineEnd < 0) return undefined
      const line = this.#text.slice(position, lineEnd)
      if (!/^[0-9a-f]+$/.test(line)) throw new Error(`"${line}" is no chunk size`)
      const size = Number.parseInt(line, 16)
      const end = lineEnd + 2 + size
      if (this.#text.length < end + 2) return undefined
      if (this.#text.slice(end, end + 2) !== '\r\n') throw new Error('a chunk does not end where it should')
      if (size === 0) return this.#take(head, body, end + 2)
      body += this.#text.slice(lineEnd + 2, end)
      position = end + 2
    }
  }

  #take(head: Pick<WireMessage, 'startLine' | 'headers'>, body: string, end: number): WireMessage {
    this.#text = this.#text.slice(end)
    return { ...head, body, isComplete: true }
  }
}
