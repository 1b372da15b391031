import type { Socket } from 'node:net'
import { plainAddress } from '../../src/streams/plain-address.ts'
import type { ConnectionInfo } from '../../src/transport.ts'

/** Both ends of a socket, asked of the system when they are first read: each is a system call. */
export class SocketInfo implements ConnectionInfo {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get remoteAddress(): string {
    return plainAddress(this.#socket.remoteAddress)
  }

  get remotePort(): number {
    return this.#socket.remotePort ?? 0
  }

  get localAddress(): string {
    return plainAddress(this.#socket.localAddress)
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  /** Asks for the remote end while the socket can still tell, so that a log can name it afterwards. */
  remember(): void {
    void this.#socket.remoteAddress
  }
}
