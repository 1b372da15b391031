import type { ConnectionInfo } from '../../src/transport.ts'
import { plainAddress } from '../../src/streams/plain-address.ts'

/** Where a socket's addresses can be asked. */
interface AddressedSocket {
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localAddress?: string
  readonly localPort?: number
}

/** Both ends of a socket, asked of it when they are first read. */
export class SocketInfo implements ConnectionInfo {
  /** Absent until the connection stands. */
  socket: AddressedSocket | undefined
  #remembered: ConnectionInfo | undefined

  get remoteAddress(): string {
    return this.#remembered?.remoteAddress ?? plainAddress(this.socket?.remoteAddress)
  }

  get remotePort(): number {
    return this.#remembered?.remotePort ?? this.socket?.remotePort ?? 0
  }

  get localAddress(): string {
    return this.#remembered?.localAddress ?? plainAddress(this.socket?.localAddress)
  }

  get localPort(): number {
    return this.#remembered?.localPort ?? this.socket?.localPort ?? 0
  }

  /** Asks while the socket can still tell, so that a log can name its ends afterwards. */
  remember(): void {
    const { remoteAddress, remotePort, localAddress, localPort } = this
    this.#remembered ??= { remoteAddress, remotePort, localAddress, localPort }
  }
}
