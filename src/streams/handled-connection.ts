import { ProxyError } from '../errors.ts'
import type { Data } from '../events.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'
import { ConnectionStreams } from './connection-streams.ts'

/** Both ends of a connection that can be asked of its socket only as long as that lives. */
export interface SocketEnds extends ConnectionInfo {
  /** Asks while the socket can still tell, so that a log can name its ends afterwards. */
  remember(): void
}

/**
 * What connections over a runtime's sockets have in common: what their handler is told and when, whatever the socket does
 * meanwhile. Node's have their own, shorter way.
 */
export abstract class HandledConnection implements Connection, DirectConnection {
  abstract readonly info: SocketEnds
  #handler: ConnectionHandler | undefined
  #streams: ConnectionStreams | undefined
  #isOpenUntold = false
  #isGivenUp = false
  #isClosed = false
  #failure: ProxyError | undefined

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
    this.startReading()
  }

  abstract write(data: Data): boolean
  abstract end(): void
  abstract close(): void
  abstract abort(): void
  abstract pause(): void
  abstract resume(): void

  /** Gives the connection up with an error that the socket does not know of: a time that is over. */
  fail(error: ProxyError): void {
    this.note(error)
    this.close()
  }

  /** Whether there is somebody to tell. */
  protected get isAttached(): boolean {
    return this.#handler !== undefined
  }

  /** Whether its user has closed it, or it has ended: nothing but its close is told any more. */
  protected get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** The socket is over. */
  protected get isClosed(): boolean {
    return this.#isClosed
  }

  /** Called when the connection has got its user. */
  protected abstract startReading(): void

  /** Nothing more is written; what was not sent is lost. */
  protected abstract stopWriting(): void

  /** Why the connection ends: the first reason counts. */
  protected note(error: ProxyError): void {
    this.#failure ??= error
  }

  protected tell(call: (handler: ConnectionHandler) => void): void {
    if (this.#isGivenUp || this.#handler === undefined) return
    try {
      call(this.#handler)
    } catch (error) {
      // A handler that throws is a defect. It costs this connection, whose end tells it on, and no other one.
      this.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
    }
  }

  /** Tells that the connection stands, as soon as there is somebody to tell. */
  protected announceOpen(): void {
    if (this.#handler === undefined) this.#isOpenUntold = true
    else this.tell((handler) => handler.onOpen?.())
  }

  /** Notes that the socket is over; `letGo` and `announceClose` follow. */
  protected setClosed(): void {
    this.#isClosed = true
  }

  /** Tells that nothing moves any more, as soon as there is somebody to tell. */
  protected announceClose(): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.onClose(this.#failure)
  }

  /** From now on only the close is told. */
  protected letGo(): void {
    this.info.remember()
    this.#isGivenUp = true
    this.stopWriting()
  }

  /** What came to pass before there was anybody to tell. */
  #tellEarlier(): void {
    if (this.#isOpenUntold) this.tell((handler) => handler.onOpen?.())
    this.#isOpenUntold = false
    if (this.#isClosed) this.announceClose()
  }

  #toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
  }
}
