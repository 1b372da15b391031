import type { ProxyError } from '../../src/errors.ts'
import type { Data } from '../../src/events.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../src/transport.ts'
import { directConnection } from '../../src/streams/direct-connection.ts'

/** The user of a connection that writes down what it is told, checks the order, and lets tests wait for it. */
export class RecordingHandler implements ConnectionHandler {
  readonly direct: DirectConnection
  readonly calls: string[] = []
  readonly chunks: Uint8Array[] = []
  receivedBytes = 0
  error: ProxyError | undefined
  /** Set while the test is inside a call into the connection: nothing may be told then. */
  isInside = false
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = []

  constructor(connection: Connection) {
    this.direct = directConnection(connection)
    this.direct.attach(this)
  }

  onOpen(): void {
    this.#told('open')
  }

  onData(data: Data): void {
    this.chunks.push(data.bytes.slice())
    this.receivedBytes += data.size
    this.#told('data')
  }

  onEnd(): void {
    this.#told('end')
  }

  onDrain(): void {
    this.#told('drain')
  }

  onClose(error?: ProxyError): void {
    this.error = error
    this.#told('close')
  }

  /** All that came, as one. */
  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks))
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  /** Does something to the connection in which it must not call back. */
  inside<T>(call: () => T): T {
    this.isInside = true
    try {
      return call()
    } finally {
      this.isInside = false
    }
  }

  /** Settles when something holds, which is looked at after each call. */
  async until(isMet: (handler: this) => boolean): Promise<void> {
    if (isMet(this)) return
    await new Promise<void>((resolve) => this.#waiting.push({ isMet: () => isMet(this), resolve }))
  }

  untilTold(call: string): Promise<void> {
    return this.until(() => this.calls.includes(call))
  }

  #told(call: string): void {
    if (this.isInside) throw new Error(`The connection called back (${call}) inside a call`)
    if (this.calls.includes('close')) throw new Error(`The connection called back (${call}) after onClose`)
    this.calls.push(call)
    this.#waiting = this.#waiting.filter(({ isMet, resolve }) => {
      if (!isMet()) return true
      resolve()
      return false
    })
  }
}
