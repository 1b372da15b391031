import { ProxyError } from '../errors.ts'
import { type Data, MessageEnd, type MessageStart } from '../events.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { MessageConnection } from '../streams/message-connection.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { ConnectionHandler, ConnectionInfo } from '../transport.ts'
import { DispatchExchange, type DispatchExchangeOwner, type DispatchSettings } from './dispatch-exchange.ts'
import type { WebSocketBridge } from './websocket-bridge.ts'

export interface DispatchConnectionOptions extends DispatchSettings {
  /** What is told of both ends. */
  readonly info: ConnectionInfo
}

/**
 * A connection whose other end is a dispatcher: messages that are written to it are requests, each goes out by fetch, and
 * its answer is read as messages. One request is under way at a time. Bodies stream both ways, with back-pressure, or go
 * their way unread; closing the connection aborts the fetch.
 *
 * A request without a body that may be sent twice is, when an upstream that was used before does not answer it: the
 * runtime's own connection may have been closed just then. An upstream that does not answer ends this connection with
 * CONNECTION_CLOSED, since fetch does not tell why; one that breaks off inside a body with CONNECTION_RESET.
 *
 * What fetch cannot say is answered with the error's status and a text that says what to use instead, and the connection
 * ends: METHOD_NOT_SUPPORTED (501) for CONNECT, TRACE, TRACK and other methods that the runtime refuses or spells anew, a
 * body of GET or HEAD, `OPTIONS *`, an upgrade to something else than WebSocket and an Expect of something else than
 * 100-continue, which is met here; UNSUPPORTED_TRANSFER_CODING (501) for trailers; INVALID_TARGET (502) for a Host that is
 * neither the client's nor the target's, and for a path that URLs change.
 *
 * What is lost without a word, because it has no place in fetch: the order and the capitals of header fields, interim
 * answers, trailers of answers. The Host that goes out is the target's.
 */
export class DispatchConnection extends MessageConnection implements DispatchExchangeOwner {
  readonly info: ConnectionInfo
  readonly #settings: DispatchSettings
  #handler: ConnectionHandler | undefined
  #exchange: DispatchExchange | undefined
  #bridge: WebSocketBridge | undefined
  #isFull = false
  #onResume: (() => void) | undefined
  #isPaused = false
  /** The user writes no more. */
  #isInputOver = false
  #isClosed = false

  constructor(options: DispatchConnectionOptions) {
    super()
    this.info = options.info
    this.#settings = options
  }

  get isBodyPassing(): boolean {
    return this.#exchange?.isBodyPassing === true
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    runSoon(() => this.#tell(() => handler.onOpen?.()))
  }

  message(event: MessageStart | MessageEnd): boolean {
    if (this.#isClosed || this.#isInputOver) return true
    if (event.type === 'MessageEnd') this.#exchange?.end(event)
    else if (this.#exchange === undefined) {
      this.#exchange = new DispatchExchange(event as SentMessageStart, this.#settings, this)
    } else this.#close(new ProxyError('INVALID_OUTPUT', 'Cannot send a request while another one is under way'))
    return true
  }

  write(data: Data): boolean {
    if (this.#isClosed || this.#isInputOver) return true
    if (this.#bridge !== undefined) this.#bridge.take(data.bytes)
    else this.#exchange?.data(data)
    this.#isFull ||= this.#exchange?.isFull === true
    return !this.#isFull
  }

  end(): void {
    if (this.#isClosed || this.#isInputOver) return
    this.#isInputOver = true
    if (this.#bridge !== undefined) this.#bridge.end()
    else if (this.#exchange === undefined) this.#endOutput()
    else if (!this.#exchange.isRequestOver) {
      const text = 'Cannot send request: it ended inside its body'
      this.#close(new ProxyError('TRUNCATED_MESSAGE', text))
    }
    runSoon(() => this.#tell((handler) => handler.onDrain()))
  }

  close(): void {
    this.#close(undefined)
  }

  abort(): void {
    this.#close(new ProxyError('CLOSED', 'Cannot go on: the connection was cut'))
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#onResume?.()
    this.#onResume = undefined
  }

  untilResumed(): Promise<void> | undefined {
    if (!this.#isPaused || this.#isClosed) return undefined
    return new Promise((resolve) => (this.#onResume = resolve))
  }

  drained(): void {
    if (!this.#isFull || this.#exchange?.isFull === true) return
    this.#isFull = false
    this.#tell((handler) => handler.onDrain())
  }

  deliver(event: MessageStart | MessageEnd | Data): void {
    this.#tell((handler) => (event.type === 'Data' ? handler.onData(event) : handler.onMessage?.(event)))
  }

  answered(isLast: boolean): void {
    this.#exchange = undefined
    this.deliver(new MessageEnd())
    if (isLast || this.#isInputOver) this.#endOutput()
    else this.drained()
  }

  failed(error: ProxyError): void {
    this.#close(error)
  }

  switched(bridge: WebSocketBridge): void {
    this.#bridge = bridge
    this.deliver(new MessageEnd())
    if (this.#isInputOver) bridge.end()
    this.drained()
  }

  tunnelEnded(): void {
    this.#endOutput()
  }

  #endOutput(): void {
    this.#tell((handler) => handler.onEnd())
    this.#close(undefined)
  }

  #tell(call: (handler: ConnectionHandler) => void): void {
    if (this.#isClosed || this.#handler === undefined) return
    try {
      call(this.#handler)
    } catch (error) {
      this.#close(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
    }
  }

  #close(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#bridge?.end()
    this.#exchange?.close()
    this.resume()
    const handler = this.#handler
    runSoon(() => handler?.onClose(error))
  }
}
