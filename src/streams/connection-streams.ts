import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import type { ConnectionHandler, DirectConnection } from '../transport.ts'

interface Settle {
  readonly resolve: () => void
  readonly reject: (error: ProxyError) => void
}

/**
 * The Web Streams of a connection that has a direct path: what makes such a connection keep the common contract. To
 * cancel `readable` closes the connection, to abort `writable` cuts it.
 */
export class ConnectionStreams implements ConnectionHandler {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  readonly closed: Promise<void>
  readonly #direct: DirectConnection
  #input!: ReadableStreamDefaultController<Uint8Array>
  #output!: WritableStreamDefaultController
  #settle!: Settle
  /** The `write` or `close` of the writable stream that waits until everything is on its way. */
  #waiting: Settle | undefined
  #isPaused = false
  #isInputOver = false
  #isOutputOver = false

  constructor(direct: DirectConnection) {
    this.#direct = direct
    this.closed = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    // Nobody need ask how it ended.
    this.closed.catch(() => undefined)
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#input = controller
      },
      pull: () => this.#setPaused(false),
      cancel: () => {
        this.#isInputOver = true
        direct.close()
      },
    })
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#output = controller
        // `abort` waits for a write that is under way, and whoever cancels `readable` meanwhile would end in good order.
        controller.signal.addEventListener('abort', () => direct.abort())
      },
      write: (chunk) => this.#write(chunk),
      close: () => {
        this.#isOutputOver = true
        direct.end()
        return this.#wait()
      },
      abort: () => direct.abort(),
    })
    direct.attach(this)
  }

  onData(data: Data): void {
    if (this.#isInputOver) return
    this.#input.enqueue(data.keep().bytes)
    if ((this.#input.desiredSize ?? 0) <= 0) this.#setPaused(true)
  }

  onEnd(): void {
    if (this.#isInputOver) return
    this.#isInputOver = true
    this.#input.close()
  }

  onDrain(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  onClose(error?: ProxyError): void {
    const reason = error ?? new ProxyError('CLOSED', 'Cannot go on: the connection is closed')
    if (error === undefined && this.#isOutputOver) this.#waiting?.resolve()
    else this.#waiting?.reject(reason)
    if (!this.#isInputOver) {
      this.#isInputOver = true
      this.#input.error(reason)
    }
    this.#output.error(reason)
    if (error === undefined) this.#settle.resolve()
    else this.#settle.reject(error)
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    // Whoever wrote may use the chunk again as soon as this settles: that is what the lifetime `pause` says.
    return this.#direct.write(Data.view(chunk, 0, chunk.length, 'pause')) ? undefined : this.#wait()
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
  }

  #setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return
    this.#isPaused = isPaused
    if (isPaused) this.#direct.pause()
    else this.#direct.resume()
  }
}
