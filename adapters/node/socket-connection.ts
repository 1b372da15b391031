import type { OnReadOpts, Socket } from 'node:net'
import type { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { NetConnection } from '../../src/streams/net-connection.ts'
import { readBuffer, sharedBytes } from './read-buffer.ts'
import { SocketInfo } from './socket-info.ts'
import { SocketWriter } from './socket-writer.ts'
import { type Reader, turnQueue } from './turn-queue.ts'

export interface SocketConnectionOptions {
  /** Makes the socket: with `onread` where it can be given, else without. */
  readonly open: (onread: OnReadOpts) => Socket
  /** Whether the socket reads by `onread`, into the buffer of the process; otherwise by its 'data' events. */
  readonly hasOnRead: boolean
  /** What an error of the socket means. */
  readonly toError: (error: unknown) => ProxyError
}

/**
 * A connection over a socket of node:net. Listeners and callbacks are made once per connection; on the way of the bytes
 * there is no promise, no stream, and no copy that the system does not force.
 */
export class SocketConnection extends NetConnection implements Reader {
  readonly info: SocketInfo
  protected readonly socket: Socket
  protected readonly writer: SocketWriter
  readonly #hasOnRead: boolean

  constructor({ open, hasOnRead, toError }: SocketConnectionOptions) {
    super()
    this.#hasOnRead = hasOnRead
    this.socket = open({ buffer: readBuffer, callback: (size) => this.#onRead(size) })
    this.writer = new SocketWriter(this.socket, () => this.#onDrain())
    this.info = new SocketInfo(this.socket)
    this.socket.on('end', () => this.#onEnd())
    this.socket.on('error', (error) => this.note(toError(error)))
    this.socket.on('close', () => this.#onClose())
  }

  takeRead(start: number, end: number): void {
    this.tellData(Data.view(sharedBytes, start, end, 'call'))
  }

  protected override startReading(): void {
    if (!this.#hasOnRead) this.socket.on('data', (chunk: Buffer) => this.#onChunk(chunk))
    if (!this.socket.connecting) this.socket.resume()
  }

  /** @returns always true: whoever wants no more calls `pause` */
  #onRead(size: number): boolean {
    if (turnQueue.addRead(this, size)) return true
    turnQueue.deliverReads()
    this.tellData(Data.view(readBuffer, 0, size, 'call'))
    return true
  }

  #onChunk({ buffer, byteOffset, length }: Buffer): void {
    const bytes = new Uint8Array(buffer, byteOffset, length)
    this.tellData(Data.view(bytes, 0, length, 'owned'))
  }

  #onEnd(): void {
    turnQueue.deliverReads()
    this.info.remember()
    this.tell((handler) => handler.onEnd())
  }

  #onDrain(): void {
    turnQueue.deliverReads()
    this.tell((handler) => handler.onDrain())
  }

  #onClose(): void {
    turnQueue.deliverReads()
    this.setClosed()
    this.letGo()
    this.announceClose()
  }
}
