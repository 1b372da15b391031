import { plainAddress } from '../../src/streams/plain-address.ts'
import type { ConnectionInfo } from '../../src/transport.ts'
import type { TcpSocket } from './tcp-socket.ts'

/** Both ends of a socket, asked of it when they are first read. */
export class SocketInfo implements ConnectionInfo {
  readonly #socket: TcpSocket
  #remembered: Pick<ConnectionInfo, 'remoteAddress' | 'remotePort'> | undefined

  constructor(socket: TcpSocket) {
    this.#socket = socket
  }

  get remoteAddress(): string {
    return this.#remembered?.remoteAddress ?? plainAddress(this.#socket.remoteAddress)
  }

  get remotePort(): number {
    return this.#remembered?.remotePort ?? this.#socket.remotePort ?? 0
  }

  get localAddress(): string {
    return plainAddress(this.#socket.localAddress)
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  /** Asks for the remote end while the socket can still tell, so that a log can name it afterwards. */
  remember(): void {
    const { remoteAddress, remotePort } = this
    if (remoteAddress !== '') this.#remembered ??= { remoteAddress, remotePort }
  }
}
