import type { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { NetConnection } from '../../src/streams/net-connection.ts'
import { SocketInfo } from './socket-info.ts'
import { SocketWriter } from './socket-writer.ts'
import type { ReadInto, TcpSocket } from './tcp-socket.ts'

/**
 * What all sockets that the process connects read into, so that reading allocates nothing. Its content is gone with the
 * next socket's read. Deno has no such way for sockets that it accepts.
 */
const readBuffer = new Uint8Array(512 * 1024)

/** A connection over a socket of node:net in Deno. */
export class SocketConnection extends NetConnection {
  readonly info: SocketInfo
  protected readonly socket: TcpSocket
  protected readonly writer: SocketWriter

  /**
   * @param open makes the socket, or gives one that was accepted
   * @param toError what an error of the socket means
   */
  constructor(open: (onread: ReadInto) => TcpSocket, toError: (error: unknown) => ProxyError) {
    super()
    const socket = open({ buffer: readBuffer, callback: (size) => this.#onRead(size) })
    this.socket = socket
    this.writer = new SocketWriter(socket, () => this.tell((handler) => handler.onDrain()))
    this.info = new SocketInfo(socket)
    socket.on('end', () => this.#onEnd())
    socket.on('error', (error) => this.note(toError(error)))
    socket.on('close', () => this.#onClose())
  }

  protected override startReading(): void {
    this.socket.on('data', (bytes) => this.#onData(bytes))
    if (!this.socket.connecting) this.socket.resume()
  }

  /** @returns always true: whoever wants no more calls `pause` */
  #onRead(size: number): boolean {
    this.tellData(Data.view(readBuffer, 0, size, 'call'))
    return true
  }

  #onData(bytes: Uint8Array): void {
    this.tellData(Data.view(bytes, 0, bytes.length, 'owned'))
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
