import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { HandledConnection } from '../../src/streams/handled-connection.ts'
import { SocketInfo } from './socket-info.ts'
import { SocketWriter } from './socket-writer.ts'
import type { ReadInto, TcpSocket } from './tcp-socket.ts'

/**
 * What all sockets that the process connects read into, so that reading allocates nothing. Its content is gone with the
 * next socket's read. Deno has no such way for sockets that it accepts.
 */
const readBuffer = new Uint8Array(512 * 1024)

/** A connection over a socket of node:net in Deno. */
export class SocketConnection extends HandledConnection {
  readonly info: SocketInfo
  readonly #socket: TcpSocket
  readonly #writer: SocketWriter

  /**
   * @param open makes the socket, or gives one that was accepted
   * @param toError what an error of the socket means
   */
  constructor(open: (onread: ReadInto) => TcpSocket, toError: (error: unknown) => ProxyError) {
    super()
    const socket = open({ buffer: readBuffer, callback: (size) => this.#onRead(size) })
    this.#socket = socket
    this.#writer = new SocketWriter(socket, () => this.tell((handler) => handler.onDrain()))
    this.info = new SocketInfo(socket)
    socket.on('end', () => this.#onEnd())
    socket.on('error', (error) => this.note(toError(error)))
    socket.on('close', () => this.#onClose())
  }

  write(data: Data): boolean {
    return this.#writer.write(data)
  }

  end(): void {
    this.#writer.end()
  }

  close(): void {
    this.letGo()
    this.#socket.destroy()
  }

  abort(): void {
    if (!this.isGivenUp) this.note(new ProxyError('CLOSED', 'Cannot go on: the connection was cut'))
    this.letGo()
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

  /** The connection that was asked for stands. */
  tellOpened(): void {
    if (this.isGivenUp) return
    if (!this.isAttached) this.#socket.pause()
    this.announceOpen()
  }

  protected override startReading(): void {
    this.#socket.on('data', (bytes) => this.#onData(bytes))
    if (!this.#socket.connecting) this.#socket.resume()
  }

  protected override stopWriting(): void {
    this.#writer.stop()
  }

  /** @returns always true: whoever wants no more calls `pause` */
  #onRead(size: number): boolean {
    this.tell((handler) => handler.onData(Data.view(readBuffer, 0, size, 'call')))
    return true
  }

  #onData(bytes: Uint8Array): void {
    this.tell((handler) => handler.onData(Data.view(bytes, 0, bytes.length, 'owned')))
  }

  #onEnd(): void {
    this.info.remember()
    this.tell((handler) => handler.onEnd())
  }

  #onClose(): void {
    this.setClosed()
    this.letGo()
    this.announceClose()
  }
}
