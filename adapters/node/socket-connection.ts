import type { OnReadOpts, Socket } from 'node:net'
import { ProxyError } from '../../src/errors.ts'
import { Data } from '../../src/events.ts'
import { ConnectionStreams } from '../../src/streams/connection-streams.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../../src/transport.ts'
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
export class SocketConnection implements Connection, DirectConnection, Reader {
  readonly info: SocketInfo
  readonly #socket: Socket
  readonly #writer: SocketWriter
  readonly #hasOnRead: boolean
  #handler: ConnectionHandler | undefined
  #streams: ConnectionStreams | undefined
  #isOpenUntold = false
  #isGivenUp = false
  #isClosed = false
  #failure: ProxyError | undefined

  constructor({ open, hasOnRead, toError }: SocketConnectionOptions) {
    this.#hasOnRead = hasOnRead
    this.#socket = open({ buffer: readBuffer, callback: (size) => this.#onRead(size) })
    this.#writer = new SocketWriter(this.#socket, () => this.#onDrain())
    this.info = new SocketInfo(this.#socket)
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error) => {
      this.#failure ??= toError(error)
    })
    this.#socket.on('close', () => this.#onClose())
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
    if (this.#isOpenUntold || this.#isClosed) process.nextTick(() => this.#tellEarlier())
    if (!this.#hasOnRead) this.#socket.on('data', (chunk: Buffer) => this.#onChunk(chunk))
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
    if (this.#handler === undefined) {
      this.#isOpenUntold = true
      this.#socket.pause()
    } else {
      this.#tell(() => this.#handler?.onOpen?.())
    }
  }

  takeRead(start: number, end: number): void {
    this.#receive(Data.view(sharedBytes, start, end, 'call'))
  }

  /** @returns always true: whoever wants no more calls `pause` */
  #onRead(size: number): boolean {
    if (turnQueue.addRead(this, size)) return true
    turnQueue.deliverReads()
    this.#receive(Data.view(readBuffer, 0, size, 'call'))
    return true
  }

  #onChunk({ buffer, byteOffset, length }: Buffer): void {
    const bytes = new Uint8Array(buffer, byteOffset, length)
    this.#receive(Data.view(bytes, 0, length, 'owned'))
  }

  #receive(data: Data): void {
    if (this.#isGivenUp) return
    try {
      this.#handler?.onData(data)
    } catch (error) {
      this.#failHandler(error)
    }
  }

  #onEnd(): void {
    turnQueue.deliverReads()
    this.info.remember()
    this.#tell(() => this.#handler?.onEnd())
  }

  #onDrain(): void {
    turnQueue.deliverReads()
    this.#tell(() => this.#handler?.onDrain())
  }

  #onClose(): void {
    turnQueue.deliverReads()
    this.#isClosed = true
    this.#isGivenUp = true
    this.#writer.stop()
    this.#tellClosed()
  }

  #tell(call: () => void): void {
    if (this.#isGivenUp) return
    try {
      call()
    } catch (error) {
      this.#failHandler(error)
    }
  }

  #tellClosed(): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.onClose(this.#failure)
  }

  /** What came to pass before there was anybody to tell. */
  #tellEarlier(): void {
    if (this.#isOpenUntold) this.#tell(() => this.#handler?.onOpen?.())
    this.#isOpenUntold = false
    if (this.#isClosed) this.#tellClosed()
  }

  /** A handler that throws is a defect. It costs this connection, whose end tells it on, and no other one. */
  #failHandler(error: unknown): void {
    this.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
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
