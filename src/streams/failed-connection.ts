import type { ProxyError } from '../errors.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'
import { ConnectionStreams } from './connection-streams.ts'
import { runSoon } from './run-soon.ts'

const NOWHERE: ConnectionInfo = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }

/** A connection that could not even be tried: it ends with the error as soon as somebody uses it. */
export class FailedConnection implements Connection, DirectConnection {
  readonly info = NOWHERE
  readonly #error: ProxyError
  #streams: ConnectionStreams | undefined

  constructor(error: ProxyError) {
    this.#error = error
  }

  get direct(): DirectConnection {
    return this
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#toStreams().readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#toStreams().writable
  }

  get closed(): Promise<void> {
    return this.#toStreams().closed
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

  #toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
  }
}
