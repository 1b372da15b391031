import type { ProxyError } from '../errors.ts'
import type { ConnectionHandler, ConnectionInfo } from '../transport.ts'
import { DirectPathConnection } from './direct-path-connection.ts'
import { runSoon } from './run-soon.ts'

const NOWHERE: ConnectionInfo = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }

/** A connection that could not even be tried: it ends with the error as soon as somebody uses it. */
export class FailedConnection extends DirectPathConnection {
  readonly info = NOWHERE
  readonly #error: ProxyError

  constructor(error: ProxyError) {
    super()
    this.#error = error
  }

  attach(handler: ConnectionHandler): void {
    runSoon(() => handler.onClose(this.#error))
  }

  write(): boolean {
    return true
  }

  end(): void {}

  close(): void {}

  abort(): void {}

  pause(): void {}

  resume(): void {}
}
