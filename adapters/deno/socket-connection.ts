import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../src/transport.ts'
import { SocketInfo } from './socket-info.ts'
import { SocketWriter } from './socket-writer.ts'
import type { ReadInto, TcpSocket } from './tcp-socket.ts'

/**
 * What all sockets that the process connects read into, so that reading allocates nothing. Its content is gone with the
 * next socket's read. Deno has no such way for sockets that it accepts.
 */
const readBuffer = new Uint8Array(512 * 1024)

/** A connection over a socket of node:net in Deno. */
export class SocketConnection implements Connection, DirectConnection {
  readonly info: SocketInfo
  readonly #socket: TcpSocket
  readonly #writer: SocketWriter
  #handler: ConnectionHandler | undefined
  #streams: ConnectionStreams | undefined
  #isOpenUntold = false
  #isGivenUp = false
  #isClosed = false
  #failure: ProxyError | undefined

  /**
   * @param open makes the socket, or gives one that was accepted
   * @param toError what an error of the socket means
   */
  constructor(open: (onread: ReadInto) => TcpSocket, toError: (error: unknown) => ProxyError) {
    const socket = open({ buffer: readBuffer, callback: (size) => this.#onRead(size) })
    this.#socket = socket
    this.#writer = new SocketWriter(socket, () => this.#tell((handler) => handler.onDrain()))
    this.info = new SocketInfo(socket)
    socket.on('end', () => this.#onEnd())
    socket.on('error', (error) => {
      this.#failure ??= toError(error)
    })
    socket.on('close', () => this.#onClose())
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
    this.#socket.on('data', (bytes) => this.#onData(bytes))
    if (!this.#socket.connecting) this.#socket.resume()
  }

  write(data: Data): boolean {
    return this.#writer.write(data)
  }

  end(): void {
    this.#writer.end()
  }

  close(): void {
    this.#giveUp()
    this.#socket.destroy()
  }

  abort(): void {
    if (!this.#isGivenUp) this.#failure ??= new ProxyError('CLOSED', 'Cannot go on: the connection was cut')
    this.#giveUp()
    // A socket that is still connecting would be reset only once it stands.
    if (this.#socket.connecting || this.#socket.destroyed) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Gives the connection up with an error that the socket does not know of: a time that is over. */
  fail(error: ProxyError): void {
    this.#failure ??= error
    this.close()
  }

  /** The connection that was asked for stands. */
  tellOpened(): void {
    if (this.#isGivenUp) return
    if (this.#handler !== undefined) return this.#tell((handler) => handler.onOpen?.())
    this.#isOpenUntold = true
    this.#socket.pause()
  }

  /** @returns always true: whoever wants no more calls `pause` */
  #onRead(size: number): boolean {
    this.#tell((handler) => handler.onData(Data.view(readBuffer, 0, size, 'call')))
    return true
  }

  #onData(bytes: Uint8Array): void {
    this.#tell((handler) => handler.onData(Data.view(bytes, 0, bytes.length, 'owned')))
  }

  #onEnd(): void {
    this.info.remember()
    this.#tell((handler) => handler.onEnd())
  }

  #onClose(): void {
    this.#isClosed = true
    this.#isGivenUp = true
    this.#writer.stop()
    this.#tellClosed()
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

  #tellClosed(): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.onClose(this.#failure)
  }

  /** What came to pass before there was anybody to tell. */
  #tellEarlier(): void {
    if (this.#isOpenUntold) this.#tell((handler) => handler.onOpen?.())
    this.#isOpenUntold = false
    if (this.#isClosed) this.#tellClosed()
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
