import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { HandledConnection } from '../../src/streams/handled-connection.ts'
import type { BunSocket, BunSocketHandler } from './bun-runtime.ts'
import { SocketInfo } from './socket-info.ts'
import { SocketWriter } from './socket-writer.ts'

/** A connection over a socket of Bun, from `Bun.connect` or `Bun.listen`. */
export class SocketConnection extends HandledConnection {
  readonly info: SocketInfo = new SocketInfo()
  readonly #toError: (error: unknown) => ProxyError
  readonly #writer: SocketWriter
  #socket: BunSocket<SocketConnection> | undefined
  #isPaused = false
  #isEndTold = false
  #isAborted = false

  /** @param toError what an error of the socket means */
  constructor(toError: (error: unknown) => ProxyError) {
    super()
    this.#toError = toError
    this.#writer = new SocketWriter(() => this.tell((handler) => handler.onDrain()))
  }

  write(data: Data): boolean {
    return this.#writer.write(data)
  }

  end(): void {
    this.#writer.end()
  }

  close(): void {
    if (this.isGivenUp) return
    this.letGo()
    if (this.#socket === undefined) this.tellClosed()
    else this.#socket.close()
  }

  abort(): void {
    if (this.isGivenUp) return
    this.note(new ProxyError('CLOSED', 'Cannot go on: the connection was cut'))
    this.letGo()
    this.#isAborted = true
    if (this.#socket === undefined) this.tellClosed()
    else this.#socket.terminate()
  }

  pause(): void {
    this.#isPaused = true
    this.#socket?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#socket?.resume()
  }

  /** The socket stands. @param isConnecting whether that is news to the connection's user */
  open(socket: BunSocket<SocketConnection>, isConnecting: boolean): void {
    this.#socket = socket
    this.info.socket = socket
    if (this.isGivenUp) {
      // It was given up while it was connecting, which Bun cannot break off.
      if (this.#isAborted) socket.terminate()
      else socket.close()
      return
    }
    if (!this.isAttached || this.#isPaused) socket.pause()
    if (isConnecting) this.announceOpen()
    this.#writer.open(socket)
  }

  receive(bytes: Uint8Array): void {
    this.tellData(Data.view(bytes, 0, bytes.length, 'owned'))
  }

  drain(): void {
    this.#writer.drain()
  }

  tellEnd(): void {
    if (this.#isEndTold) return
    this.#isEndTold = true
    this.info.remember()
    this.tell((handler) => handler.onEnd())
  }

  /** @param error why it is over, when it did not end in good order */
  tellClosed(error?: unknown): void {
    if (this.isClosed) return
    this.setClosed()
    if (!this.isGivenUp) {
      if (error !== undefined) this.note(this.#toError(error))
      // Bun does not tell the peer's end by itself when both sides have ended with it.
      else this.tellEnd()
    }
    this.letGo()
    // Bun calls `close` inside of the call that closes.
    queueMicrotask(() => this.announceClose())
  }

  protected override startReading(): void {
    if (!this.#isPaused) this.#socket?.resume()
  }

  protected override stopWriting(): void {
    this.#writer.stop()
  }
}

/** Hands on what Bun tells of a socket; one for all. */
export const SOCKET_HANDLER: BunSocketHandler<SocketConnection> = {
  data: ({ data: connection }, bytes) => connection.receive(bytes),
  drain: ({ data: connection }) => connection.drain(),
  end: ({ data: connection }) => connection.tellEnd(),
  close: ({ data: connection }, error) => connection.tellClosed(error),
  error: ({ data: connection }, error) => {
    connection.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
  },
}
