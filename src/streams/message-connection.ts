import { ProxyError } from '../errors.ts'
import type { Data, MessageEnd, MessageStart } from '../events.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'

/** A connection that passes messages of HTTP as events. It has no streams: there are no bytes that could be in them. */
export abstract class MessageConnection implements Connection, DirectConnection {
  abstract readonly info: ConnectionInfo
  abstract attach(handler: ConnectionHandler): void
  abstract message(event: MessageStart | MessageEnd): boolean
  abstract write(data: Data): boolean
  abstract end(): void
  abstract close(): void
  abstract abort(): void
  abstract pause(): void
  abstract resume(): void

  get direct(): DirectConnection {
    return this
  }

  get readable(): never {
    throw noStreams()
  }

  get writable(): never {
    throw noStreams()
  }

  get closed(): never {
    throw noStreams()
  }
}

function noStreams(): ProxyError {
  return new ProxyError('UNSUPPORTED', 'Cannot use a stream of this connection: it passes messages, use "direct"')
}
