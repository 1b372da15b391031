import type { Socket } from 'node:net'
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

/** An IPv4 client of a port on all addresses is told as `::ffff:127.0.0.1`; scripts compare with `127.0.0.1`. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}
