import type { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../../src/transport.ts'

const INFO: ConnectionInfo = { remoteAddress: '10.0.0.1', remotePort: 4000, localAddress: '10.0.0.2', localPort: 8000 }

/** A connection whose other end, and whose system, the test plays. */
export class PlayedConnection implements Connection, DirectConnection {
  readonly info = INFO
  readonly closed: Promise<void>
  /** What was called, in order, without `write`. */
  readonly calls: string[] = []
  /** What was written. */
  sent = ''
  writeCount = 0
  /** Whether the next writes find the connection full. */
  isFull = false
  #handler: ConnectionHandler | undefined
  #settle: () => void = () => undefined
  #isClosed = false

  constructor() {
    this.closed = new Promise((resolve) => (this.#settle = resolve))
  }

  get direct(): DirectConnection {
    return this
  }

  get readable(): never {
    throw new Error('The streams of a connection that has a direct path were used')
  }

  get writable(): never {
    return this.readable
  }

  /** Whether it may be read: attached, and not paused. */
  get isReading(): boolean {
    const pauses = this.calls.filter((call) => call === 'pause').length
    return this.calls.includes('attach') && pauses === this.calls.filter((call) => call === 'resume').length
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    this.calls.push('attach')
  }

  write(data: Data): boolean {
    this.writeCount++
    this.sent += data.toString('latin1')
    return !this.isFull
  }

  end(): void {
    this.calls.push('end')
  }

  close(): void {
    this.calls.push('close')
    this.#closeLater(undefined)
  }

  abort(): void {
    this.calls.push('abort')
    this.#closeLater(undefined)
  }

  pause(): void {
    this.calls.push('pause')
  }

  resume(): void {
    this.calls.push('resume')
  }

  /** Bytes come. They are gone when this returns, as those in a transport's own buffer are. */
  receive(text: string): void {
    const buffer = new TextEncoder().encode(text)
    this.#handler?.onData(Data.view(buffer, 0, buffer.length, 'call'))
    buffer.fill(0)
  }

  /** The other end sends no more. */
  receiveEnd(): void {
    this.#handler?.onEnd()
  }

  /** Everything that was written is on its way. */
  drain(): void {
    this.isFull = false
    this.#handler?.onDrain()
  }

  /** The connection is over. */
  break(error?: ProxyError): void {
    this.#isClosed = true
    this.#handler?.onClose(error)
    this.#settle()
  }

  #closeLater(error: ProxyError | undefined): void {
    queueMicrotask(() => {
      if (!this.#isClosed) this.break(error)
    })
  }
}
