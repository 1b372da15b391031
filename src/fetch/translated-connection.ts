import type { ProxyError } from '../errors.ts'
import type { Data } from '../events.ts'
import { DirectPathConnection } from '../streams/direct-path-connection.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'

/**
 * A connection over another one, on which what passes takes another form: messages become bytes, or bytes messages. All
 * the rest is passed on as it is.
 */
export abstract class TranslatedConnection<C extends DirectConnection>
  extends DirectPathConnection
  implements ConnectionHandler
{
  readonly info: ConnectionInfo
  protected readonly connection: C
  /** Who uses it; nobody any more once it has failed. */
  protected handler: ConnectionHandler | undefined
  /** Both sides have switched to another protocol: its bytes pass as they are. */
  protected isTunnel = false
  /** The connection below is full. */
  protected isFull = false

  constructor(connection: C, info: ConnectionInfo) {
    super()
    this.info = info
    this.connection = connection
  }

  attach(handler: ConnectionHandler): void {
    this.handler = handler
    this.connection.attach(this)
  }

  end(): void {
    this.connection.end()
  }

  close(): void {
    this.connection.close()
  }

  abort(): void {
    this.connection.abort()
  }

  pause(): void {
    this.connection.pause()
  }

  resume(): void {
    this.connection.resume()
  }

  onOpen(): void {
    this.handler?.onOpen?.()
  }

  abstract onData(data: Data): void

  onEnd(): void {
    // A body that lasts until the end is over with it, and so is every other one that was cut: whoever reads knows which.
    this.handler?.onEnd()
  }

  onDrain(): void {
    this.isFull = false
    this.handler?.onDrain()
  }

  onClose(error?: ProxyError): void {
    this.handler?.onClose(error)
  }

  /** Fails if there is an error. */
  protected check(error: ProxyError | undefined): void {
    if (error !== undefined) this.fail(error)
  }

  /** Cuts the connection below, and tells the user of an error. */
  protected fail(error: ProxyError): void {
    const { handler } = this
    this.handler = undefined
    this.connection.abort()
    runSoon(() => handler?.onClose(error))
  }
}
