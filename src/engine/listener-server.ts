import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import { LIMITS } from '../limits.ts'
import type { Address, Connection, Listener, Transport } from '../transport.ts'
import type { Variables } from './context.ts'
import { directConnection } from '../streams/direct-connection.ts'
import type { ProxySurroundings } from './build-proxy.ts'
import { InboundSession } from './inbound-session.ts'
import type { Log } from './log.ts'
import type { PipelineLayout } from './pipeline-layout.ts'
import type { ListenDefinition } from './proxy-definition.ts'
import { Ticker } from './ticker.ts'

/** Connections accepted beyond `maxConnections`: they wait unread, as in the system's own queue, which is as long. */
const MAX_WAITING_CONNECTIONS = 511

/** One `listen` that runs: its listening socket and its client connections. */
export class ListenerServer<V = Variables> {
  readonly #definition: ListenDefinition<V>
  readonly #layout: PipelineLayout<V>
  readonly #variables: V
  readonly #transport: Transport
  readonly #maxConnections: number
  readonly #idleTimeoutMs: number
  readonly #ticker: Ticker
  readonly #log: Log
  readonly #sessions = new Set<InboundSession<V>>()
  readonly #waiting: Connection[] = []
  #listener: Listener | undefined
  #isStopping = false
  /** The listening socket is closed. */
  #isStopped = false
  #onEmpty: (() => void)[] = []

  constructor(
    definition: ListenDefinition<V>,
    layout: PipelineLayout<V>,
    variables: V,
    { transport, log }: ProxySurroundings,
  ) {
    const { maxConnections = -1, idleTimeoutMs = LIMITS.idleTimeoutMs } = definition.options
    this.#definition = definition
    this.#layout = layout
    this.#variables = variables
    this.#transport = transport
    this.#log = log
    this.#maxConnections = maxConnections < 0 ? Number.POSITIVE_INFINITY : maxConnections
    this.#idleTimeoutMs = idleTimeoutMs
    this.#ticker = new Ticker(transport, [idleTimeoutMs, LIMITS.lingerTimeoutMs], () => this.#closeIdle())
  }

  /** Where it listens, once it does. */
  get address(): Address | undefined {
    return this.#listener?.address
  }

  get connectionCount(): number {
    return this.#sessions.size
  }

  /** Opens the listening socket. @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE, UNSUPPORTED */
  async start(): Promise<void> {
    const { host, port, options } = this.#definition
    if (this.#transport.listen === undefined) {
      const text = `Cannot listen on port ${port}: ${this.#transport.name} has no listening sockets`
      throw new ProxyError('UNSUPPORTED', text)
    }
    const { keepAlive = true, noDelay = true } = options
    const accept = (connection: Connection): void => this.#accept(connection)
    const onError = (error: ProxyError): void => this.#log.warn(error.message, error)
    this.#listener = await this.#transport.listen({ host, port }, { keepAlive, noDelay, onError }, accept)
    if (this.#isStopping) await this.close()
  }

  /** Accepts nothing more; connections that exist go on. */
  async stopListening(): Promise<void> {
    this.#isStopping = true
    await this.#listener?.close()
    this.#isStopped = true
  }

  /** Settles when the last client connection is closed. */
  whenEmpty(): Promise<void> {
    if (this.#sessions.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onEmpty.push(resolve))
  }

  /** Stops and closes all client connections. */
  async close(): Promise<void> {
    await this.stopListening()
    for (const connection of this.#waiting.splice(0)) directConnection(connection).close()
    for (const session of this.#sessions) session.abort()
    this.#ticker.stop()
  }

  #accept(connection: Connection): void {
    // While it closes, a listener may still give what it has accepted: that is served like all else.
    if (this.#isStopped) directConnection(connection).close()
    else if (this.#sessions.size < this.#maxConnections) this.#open(connection)
    else if (this.#waiting.length < MAX_WAITING_CONNECTIONS) this.#waiting.push(connection)
    else directConnection(connection).close()
  }

  #open(connection: Connection): void {
    let session: InboundSession<V>
    try {
      session = new InboundSession(
        connection,
        this.#layout,
        this.#variables,
        this.#ticker,
        this.#remove,
        this.#definition.options.forwarded,
      )
    } catch (error) {
      // A filter that cannot be made costs this connection, not the process.
      const failure = ProxyError.from(error, 'CALLBACK_FAILED', `Cannot open ${this.#layout.title}`)
      this.#log.error(failure.message, failure)
      directConnection(connection).close()
      return
    }
    this.#sessions.add(session)
    this.#ticker.start()
    session.start(new Data())
  }

  readonly #remove = (session: InboundSession<V>): void => {
    this.#sessions.delete(session)
    const next = this.#isStopping ? undefined : this.#waiting.shift()
    if (next !== undefined) this.#open(next)
    if (this.#sessions.size > 0) return
    this.#ticker.stop()
    for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  #closeIdle(): void {
    for (const session of this.#sessions) {
      if (session.isIdle(this.#idleTimeoutMs) || session.hasLingered(LIMITS.lingerTimeoutMs)) session.abort()
    }
  }
}
