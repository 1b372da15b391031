import type { ConnectionInfo } from '../transport.ts'
import type { Inbound } from './context.ts'
import type { ForwardedOptions } from './proxy-definition.ts'

let lastId = 0

/** What callbacks see as `__inbound`. Addresses are asked of the connection when they are first read. */
export class InboundConnection implements Inbound {
  readonly id: number = ++lastId
  /** Requests that demuxHTTP has taken and not answered: the connection is not idle while there are any. */
  requestsInFlight = 0
  /**
   * How often its bytes have been read. At each time nothing is on the stack: what was over before is over for good.
   */
  readCount = 0
  /** Set by demuxHTTP after the last answer: what the client still sends is thrown away, and not for long. */
  isInputUnwanted = false
  /** What its listener wants upstreams to be told about it. */
  readonly forwarded: ForwardedOptions | undefined
  readonly #connection: { readonly info: ConnectionInfo }
  readonly #closeCallbacks: (() => void)[] = []
  #isClosed = false

  constructor(connection: { readonly info: ConnectionInfo }, forwarded?: ForwardedOptions) {
    this.#connection = connection
    this.forwarded = forwarded
  }

  /** Calls back once when the session is over: for whoever keeps something for as long as the client stays. */
  whenClosed(callback: () => void): void {
    if (this.#isClosed) callback()
    else this.#closeCallbacks.push(callback)
  }

  /** Says that the session is over. Only the session itself calls this. */
  tellClosed(): void {
    this.#isClosed = true
    for (const callback of this.#closeCallbacks.splice(0)) callback()
  }

  get remoteAddress(): string {
    return this.#connection.info.remoteAddress
  }

  get remotePort(): number {
    return this.#connection.info.remotePort
  }

  get localAddress(): string {
    return this.#connection.info.localAddress
  }

  get localPort(): number {
    return this.#connection.info.localPort
  }
}
