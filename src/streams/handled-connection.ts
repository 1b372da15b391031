import { ProxyError } from '../errors.ts'
import type { Data } from '../events.ts'
import type { ConnectionHandler, ConnectionInfo } from '../transport.ts'
import { DirectPathConnection } from './direct-path-connection.ts'

/** Both ends of a connection that can be asked of its socket only as long as that lives. */
export interface SocketEnds extends ConnectionInfo {
  /** Asks while the socket can still tell, so that a log can name its ends afterwards. */
  remember(): void
}

/**
 * What connections over a runtime's sockets have in common: what their handler is told and when, whatever the socket does
 * meanwhile.
 */
export abstract class HandledConnection extends DirectPathConnection {
  abstract override readonly info: SocketEnds
  #handler: ConnectionHandler | undefined
  #isOpenUntold = false
  #isGivenUp = false
  #isClosed = false
  #failure: ProxyError | undefined

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    if (this.#isOpenUntold || this.#isClosed) queueMicrotask(() => this.#tellEarlier())
    this.startReading()
  }

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
      this.#failHandler(error)
    }
  }

  /** Hands bytes on. They come often: there is no callback, as `tell` would need one, and nothing is allocated. */
  protected tellData(data: Data): void {
    if (this.#isGivenUp) return
    try {
      this.#handler?.onData(data)
    } catch (error) {
      this.#failHandler(error)
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

  /** A handler that throws is a defect. It costs this connection, whose end tells it on, and no other one. */
  #failHandler(error: unknown): void {
    this.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
  }

  /** What came to pass before there was anybody to tell. */
  #tellEarlier(): void {
    if (this.#isOpenUntold) this.tell((handler) => handler.onOpen?.())
    this.#isOpenUntold = false
    if (this.#isClosed) this.announceClose()
  }
}
