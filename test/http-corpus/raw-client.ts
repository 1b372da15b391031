import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A client of node:net: what it sends and when is up to the test, and what it gets is kept. */
export class RawClient {
  readonly socket: Socket
  /** All that came, as ISO 8859-1 text. */
  text = ''
  /** Whether the proxy has ended its side in good order. */
  isEnded = false
  /** Whether the connection is gone. */
  isClosed = false
  #wake: (() => void)[] = []

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    onTestFinished(() => {
      socket.destroy()
    })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawClient(socket)
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1')
      this.#moved()
    })
    socket.on('end', () => {
      this.isEnded = true
      this.#moved()
    })
    // A reset is one of the ways to be closed.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.isClosed = true
      this.#moved()
    })
  }

  /** Whether the proxy has ended its side, in good order or by a cut. */
  get isOver(): boolean {
    return this.isEnded || this.isClosed
  }

  /** Waits until something came or the connection ended. */
  moved(): Promise<void> {
    return this.isClosed ? Promise.resolve() : new Promise((resolve) => this.#wake.push(resolve))
  }

  /** Closes its side as well, and waits until the connection is gone. */
  async leave(): Promise<void> {
    this.socket.end()
    while (!this.isClosed) await this.moved()
  }

  #moved(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
