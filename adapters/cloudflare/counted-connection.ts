import type { ProxyError } from '../../src/errors.ts'
import type { Data } from '../../src/events.ts'
import { directConnection } from '../../src/streams/direct-connection.ts'
import { DirectPathConnection } from '../../src/streams/direct-path-connection.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../../src/transport.ts'

/**
 * A connection that tells when it is over, at once when its user closes it or both sides have ended: what a socket promises settles only as long as
 * the call of the Worker lasts.
 */
export class CountedConnection extends DirectPathConnection {
  readonly info: ConnectionInfo
  readonly opened?: Promise<void>
  readonly #direct: DirectConnection
  readonly #onOver: (error: ProxyError | undefined) => void
  readonly #closed: Promise<void>
  #isInputOver = false
  #isOutputOver = false
  #isOver = false

  /** @param onOver called once */
  constructor(connection: Connection, onOver: (error: ProxyError | undefined) => void) {
    super()
    this.info = connection.info
    this.#closed = connection.closed
    if (connection.opened !== undefined) this.opened = connection.opened
    this.#direct = directConnection(connection)
    this.#onOver = onOver
  }

  override get closed(): Promise<void> {
    return this.#closed
  }

  attach(handler: ConnectionHandler): void {
    this.#direct.attach({
      ...(handler.onOpen === undefined ? {} : { onOpen: () => handler.onOpen?.() }),
      onData: (data) => handler.onData(data),
      onEnd: () => {
        this.#isOutputOver = true
        if (this.#isInputOver) this.#end(undefined)
        handler.onEnd()
      },
      onDrain: () => handler.onDrain(),
      onClose: (error) => {
        this.#end(error)
        handler.onClose(error)
      },
    })
  }

  write(data: Data): boolean {
    return this.#direct.write(data)
  }

  end(): void {
    this.#isInputOver = true
    if (this.#isOutputOver) this.#end(undefined)
    this.#direct.end()
  }

  close(): void {
    this.#end(undefined)
    this.#direct.close()
  }

  abort(): void {
    this.#end(undefined)
    this.#direct.abort()
  }

  pause(): void {
    this.#direct.pause()
  }

  resume(): void {
    this.#direct.resume()
  }

  #end(error: ProxyError | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onOver(error)
  }
}
