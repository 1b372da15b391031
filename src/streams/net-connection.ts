import { ProxyError } from '../errors.ts'
import type { Data } from '../events.ts'
import { HandledConnection } from './handled-connection.ts'

/** What a connection tells a socket of node:net. */
interface NetSocket {
  readonly connecting: boolean
  readonly destroyed: boolean
  pause(): unknown
  resume(): unknown
  destroy(): unknown
  resetAndDestroy(): unknown
}

/** What writes to the socket. */
interface NetWriter {
  write(data: Data): boolean
  end(): void
  stop(): void
}

/** What connections over sockets of node:net have in common, on whatever runtime; how they read is each runtime's own. */
export abstract class NetConnection extends HandledConnection {
  protected abstract readonly socket: NetSocket
  protected abstract readonly writer: NetWriter

  write(data: Data): boolean {
    return this.writer.write(data)
  }

  end(): void {
    this.writer.end()
  }

  close(): void {
    this.letGo()
    this.socket.destroy()
  }

  abort(): void {
    if (!this.isGivenUp) this.note(new ProxyError('CLOSED', 'Cannot go on: the connection was cut'))
    this.letGo()
    // A socket that is still connecting would be reset only once it stands.
    if (this.socket.connecting || this.socket.destroyed) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** The connection that was asked for stands. */
  tellOpened(): void {
    if (this.isGivenUp) return
    if (!this.isAttached) this.socket.pause()
    this.announceOpen()
  }

  protected override stopWriting(): void {
    this.writer.stop()
  }
}
