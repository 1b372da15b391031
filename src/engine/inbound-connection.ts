import type { ConnectionInfo } from '../transport.ts'
import type { Inbound } from './context.ts'

let lastId = 0

/** What callbacks see as `__inbound`. Addresses are asked of the connection when they are first read. */
export class InboundConnection implements Inbound {
  readonly id: number = ++lastId
  /** Requests that demuxHTTP has taken and not answered: the connection is not idle while there are any. */
  requestsInFlight = 0
  readonly #connection: { readonly info: ConnectionInfo }

  constructor(connection: { readonly info: ConnectionInfo }) {
    this.#connection = connection
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
