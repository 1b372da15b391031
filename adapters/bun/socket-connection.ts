import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../src/transport.ts'
import type { BunSocket, BunSocketHandler } from './bun-runtime.ts'
import { SocketInfo } from './socket-info.ts'
import { SocketWriter } from './socket-writer.ts'

/** A connection over a socket of Bun, from `Bun.connect` or `Bun.listen`. */
export class SocketConnection implements Connection, DirectConnection {
  readonly info: SocketInfo = new SocketInfo()
  readonly #toError: (error: unknown) => ProxyError
  readonly #writer: SocketWriter
  #socket: BunSocket<SocketConnection> | undefined
  #handler: ConnectionHandler | undefined
  #streams: ConnectionStreams | undefined
  #isOpenUntold = false
  #isPaused = false
  #isEndTold = false
  #isGivenUp = false
  #isAborted = false
  #isClosed = false
  #failure: ProxyError | undefined

  /** @param toError what an error of the socket means */
  constructor(toError: (error: unknown) => ProxyError) {
    this.#toError = toError
    this.#writer = new SocketWriter(() => this.#tell((handler) => handler.onDrain()))
  }

  get direct(): DirectConnection {
    return this
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#toStreams().readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#toStreams().writable
  }

  get closed(): Promise<void> {
    return this.#toStreams().closed
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    if (this.#isOpenUntold || this.#isClosed) queueMicrotask(() => this.#tellEarlier())
    if (!this.#isPaused) this.#socket?.resume()
  }

  write(data: Data): boolean {
    return this.#writer.write(data)
  }

  end(): void {
    this.#writer.end()
  }

  close(): void {
    if (this.#isGivenUp) return
    this.#giveUp()
    if (this.#socket === undefined) this.tellClosed()
    else this.#socket.close()
  }

  abort(): void {
    if (this.#isGivenUp) return
    this.#failure ??= new ProxyError('CLOSED', 'Cannot go on: the connection was cut')
    this.#giveUp()
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

  /** Gives the connection up with an error that the socket does not know of: a time that is over. */
  fail(error: ProxyError): void {
    this.#failure ??= error
    this.close()
  }

  /** The socket stands. @param isConnecting whether that is news to the connection's user */
  open(socket: BunSocket<SocketConnection>, isConnecting: boolean): void {
    this.#socket = socket
    this.info.socket = socket
    if (this.#isGivenUp) {
      // It was given up while it was connecting, which Bun cannot break off.
      if (this.#isAborted) socket.terminate()
      else socket.close()
      return
    }
    if (this.#handler === undefined || this.#isPaused) socket.pause()
    if (isConnecting && this.#handler === undefined) this.#isOpenUntold = true
    else if (isConnecting) this.#tell((handler) => handler.onOpen?.())
    this.#writer.open(socket)
  }

  receive(bytes: Uint8Array): void {
    this.#tell((handler) => handler.onData(Data.view(bytes, 0, bytes.length, 'owned')))
  }

  drain(): void {
    this.#writer.drain()
  }

  tellEnd(): void {
    if (this.#isEndTold) return
    this.#isEndTold = true
    this.info.remember()
    this.#tell((handler) => handler.onEnd())
  }

  /** @param error why it is over, when it did not end in good order */
  tellClosed(error?: unknown): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (!this.#isGivenUp) {
      if (error !== undefined) this.#failure ??= this.#toError(error)
      // Bun does not tell the peer's end by itself when both sides have ended with it.
      else this.tellEnd()
    }
    this.#giveUp()
    // Bun calls `close` inside of the call that closes.
    queueMicrotask(() => this.#tellClosedNow())
  }

  #tell(call: (handler: ConnectionHandler) => void): void {
    if (this.#isGivenUp || this.#handler === undefined) return
    try {
      call(this.#handler)
    } catch (error) {
      // A handler that throws is a defect. It costs this connection, whose end tells it on, and no other one.
      this.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
    }
  }

  #tellClosedNow(): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.onClose(this.#failure)
  }

  /** What came to pass before there was anybody to tell. */
  #tellEarlier(): void {
    if (this.#isOpenUntold) this.#tell((handler) => handler.onOpen?.())
    this.#isOpenUntold = false
    if (this.#isClosed) this.#tellClosedNow()
  }

  #giveUp(): void {
    this.info.remember()
    this.#isGivenUp = true
    this.#writer.stop()
  }

  #toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
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
