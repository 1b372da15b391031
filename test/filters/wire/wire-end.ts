import type { ProxyError } from '../../../src/errors.ts'
import { Data } from '../../../src/events.ts'
import { directConnection } from '../../../src/streams/direct-connection.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../../src/transport.ts'
import { toBytes, toText } from '../../http/bytes.ts'

/** The test's end of a connection: a client's, or an upstream's. It says what it is told to and writes down what it hears. */
export class WireEnd implements ConnectionHandler {
  /** Whether the peer has said that it sends no more. */
  isEnded = false
  isClosed = false
  /** Why it was closed, if not in good order. */
  error: ProxyError | undefined
  /** Whether the last write was one too many. */
  isFull = false
  /** Bytes heard so far. */
  receivedBytes = 0
  /** Whether what is heard is kept, besides being counted. */
  keepsText = true
  /** Called with what is heard. */
  onText: ((text: string) => void) | undefined
  readonly #direct: DirectConnection
  #text = ''

  constructor(connection: Connection) {
    this.#direct = directConnection(connection)
    this.#direct.attach(this)
  }

  /** What was heard since the last time, as ISO 8859-1. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }

  /** Waits until what was heard since the last time matches, and takes it. */
  whenHeard(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!pattern.test(this.#text)) return
        this.onText = undefined
        resolve(this.take())
      }
      this.onText = check
      check()
    })
  }

  /** How it ended: 'open', 'ended' by the peer in good order, or 'cut'. */
  get state(): 'open' | 'ended' | 'closed' | 'cut' {
    if (this.error !== undefined) return 'cut'
    if (this.isClosed) return 'closed'
    return this.isEnded ? 'ended' : 'open'
  }

  /** Sends text as ISO 8859-1. */
  write(...texts: string[]): this {
    for (const text of texts) {
      const bytes = toBytes(text)
      if (!this.#direct.write(Data.view(bytes, 0, bytes.length, 'owned'))) this.isFull = true
    }
    return this
  }

  /** Sends no more. */
  end(): void {
    this.#direct.end()
  }

  close(): void {
    this.#direct.close()
  }

  /** Resets the connection. */
  abort(): void {
    this.#direct.abort()
  }

  /** Reads no more for now. */
  pause(): void {
    this.#direct.pause()
  }

  resume(): void {
    this.#direct.resume()
  }

  onData(data: Data): void {
    this.receivedBytes += data.size
    if (!this.keepsText) return
    const text = toText(data.bytes)
    this.#text += text
    this.onText?.(text)
  }

  onEnd(): void {
    this.isEnded = true
  }

  onDrain(): void {
    this.isFull = false
  }

  onClose(error?: ProxyError): void {
    this.isClosed = true
    this.error = error
  }
}
