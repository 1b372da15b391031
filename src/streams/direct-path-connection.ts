import type { ProxyError } from '../errors.ts'
import type { Data } from '../events.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'
import { ConnectionStreams } from './connection-streams.ts'

/** A connection that is made for its direct path: its streams are made out of that when somebody asks for them. */
export abstract class DirectPathConnection implements Connection, DirectConnection {
  abstract readonly info: ConnectionInfo
  #streams: ConnectionStreams | undefined

  get direct(): DirectConnection {
    return this
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.toStreams().readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.toStreams().writable
  }

  get closed(): Promise<void> {
    return this.toStreams().closed
  }

  abstract attach(handler: ConnectionHandler): void
  abstract write(data: Data): boolean
  abstract end(): void
  abstract close(): void
  abstract abort(error?: ProxyError): void
  abstract pause(): void
  abstract resume(): void

  /** All three of them. A connection that cannot have them throws. */
  protected toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
  }
}
