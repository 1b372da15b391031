import { TimerQueue } from '../../src/engine/timer-queue.ts'
import { ProxyError } from '../../src/errors.ts'
import { DispatchConnection } from '../../src/fetch/dispatch-connection.ts'
import { DispatchLimit } from '../../src/fetch/dispatch-limit.ts'
import { DispatcherPool } from '../../src/fetch/dispatcher-pool.ts'
import type { ReusableTransport } from '../../src/fetch/reusable-transport.ts'
import { LIMITS } from '../../src/limits.ts'
import { FailedConnection } from '../../src/streams/failed-connection.ts'
import type { Address, Capabilities, Connection, ConnectOptions, CountedService, Timer } from '../../src/transport.ts'
import type { MessageConnection } from '../../src/streams/message-connection.ts'
import { CountedConnection } from './counted-connection.ts'
import { DispatchTargets, type DispatchTargetsOptions } from './dispatch-targets.ts'
import { formatTarget } from './format-target.ts'
import type { Sockets } from './sockets.ts'
import { workersRuntime } from './workers-runtime.ts'

/** As long as what a request of the usual time-outs sets. */
const LONGEST_TIMER_MS = 250

const TARGET_SCHEMES = ['http', 'https', 'tcp', 'binding'] as const

/** How targets without a scheme, and those of `http` and `https`, are reached. */
export type DispatcherChoice = 'fetch' | 'socket'

/** What a call of a Worker comes with. */
export interface WorkerCall {
  /** The Worker's bindings, for targets `binding:NAME`. @default none */
  readonly env?: unknown
  /**
   * The Host that the client named. By fetch the target's goes out in its place; one that a script has set is refused
   * then. @default unknown, and any Host gives way to the target's
   */
  readonly clientHost?: string | undefined
  /**
   * Connects to targets without a scheme and `tcp` ones by other means, for connections that carry HTTP: a pool in a
   * Durable Object. @default none
   */
  readonly openPooled?: ((address: Address, options: ConnectOptions) => Connection) | undefined
}

export interface CloudflareTransportOptions extends WorkerCall {
  /** @default none: upstreams are reached by fetch alone */
  readonly sockets?: Sockets | undefined
  /** Told of each service that is used. @default nobody */
  readonly onService?: ((service: CountedService) => void) | undefined
  /** The dispatchers of the isolate, and what is counted of them. @default a pool of this transport's own */
  readonly dispatchers?: DispatcherPool
  /**
   * `fetch`: by the platform's fetch. `socket`: by connections of `cloudflare:sockets`, over which messages go as they
   * were written. @default 'fetch'
   */
  readonly dispatcher?: DispatcherChoice
  /**
   * Requests that wait for the head of their answer at once; others wait for their turn. 0 is as many as there are.
   * @default LIMITS.maxAwaitedHeads, which is the platform's own limit
   */
  readonly maxAwaitedHeads?: number
}

/**
 * Workers as a transport, for one call of the Worker after the other: Workers allow no request to use what another one
 * opened. Only the dispatchers are the isolate's, which are plain data.
 *
 * Connections that carry HTTP are dispatchers, for all targets but `tcp` ones; what fetch cannot say is listed at
 * {@link DispatchConnection}. All others are sockets of their own. There are no listening sockets: requests come in
 * through the Worker.
 */
export class CloudflareTransport implements ReusableTransport {
  readonly name = 'cloudflare'
  /** Where sockets are all there is, nothing has to be translated. */
  readonly takesMessages: boolean
  readonly #dispatchers: DispatcherPool
  readonly #choice: DispatcherChoice
  readonly #alone: Capabilities
  readonly #pooled: Capabilities
  readonly #sockets: Sockets | undefined
  readonly #onService: CloudflareTransportOptions['onService']
  readonly #limit: DispatchLimit
  #call: WorkerCall
  readonly #targets: DispatchTargets
  /** Setting a timer of Workers takes some 2 % of a small request's time. */
  readonly #timers = new TimerQueue({ now: () => performance.now(), setTimer }, LONGEST_TIMER_MS)

  constructor(options: CloudflareTransportOptions = {}) {
    const { sockets, dispatcher = 'fetch', maxAwaitedHeads = LIMITS.maxAwaitedHeads } = options
    this.#dispatchers = options.dispatchers ?? new DispatcherPool({ now: this.now })
    this.#choice = dispatcher
    this.takesMessages = dispatcher === 'fetch'
    this.#sockets = sockets
    this.#onService = options.onService
    this.#alone = {
      tcpListen: false,
      tcpConnect: sockets !== undefined,
      sharedSockets: false,
      rawHeaders: sockets !== undefined && dispatcher === 'socket',
      upgrade: true,
      tls: true,
      background: false,
      targetSchemes: TARGET_SCHEMES,
    }
    this.#pooled = { ...this.#alone, sharedSockets: true, rawHeaders: sockets !== undefined }
    this.#call = options
    this.#limit = new DispatchLimit(maxAwaitedHeads === 0 ? Number.POSITIVE_INFINITY : maxAwaitedHeads)
    const inTurn: DispatchTargetsOptions['inTurn'] = (send) => (request) =>
      this.#limit.run(
        () => send(request),
        () => request.signal,
      )
    this.#targets = new DispatchTargets({ call: () => this.#call, inTurn })
  }

  /** Asked for with each connection. */
  get capabilities(): Capabilities {
    return this.#call.openPooled === undefined ? this.#alone : this.#pooled
  }

  /** Whether nothing of its last call is under way, so that it may serve another one. */
  get isAtRest(): boolean {
    return this.#limit.running === 0 && this.#timers.isEmpty
  }

  /** It serves another call from now on. */
  begin(call: WorkerCall): void {
    this.#call = call
  }

  connect(address: Address, options: ConnectOptions): Connection {
    const { scheme } = address
    const { protocol } = options
    const isHttp = protocol !== undefined
    const isSocket = !isHttp || scheme === 'tcp' || this.#choice === 'socket'
    const openPooled = isHttp && (scheme === undefined || scheme === 'tcp') ? this.#call.openPooled : undefined
    try {
      if (openPooled === undefined && (!isSocket || scheme === 'binding')) {
        const messages = this.#dispatch(address, isHttp)
        return protocol === 'http' ? this.#toBytes(messages) : messages
      }
      const { connect, bytes } = this.#requireSockets(address)
      const connection = openPooled?.(address, options) ?? this.#openSocket(connect(address, options), address)
      return protocol === 'http-messages' ? bytes.toMessages(connection) : connection
    } catch (error) {
      const failure = ProxyError.from(error, 'CONNECT_FAILED', `Cannot connect to "${formatTarget(address)}"`)
      return new FailedConnection(failure)
    }
  }

  uses(service: CountedService): void {
    this.#onService?.(service)
  }

  now(): number {
    return performance.now()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#timers.setTimer(callback, delayMs)
  }

  random(): number {
    return Math.random()
  }

  #dispatch(address: Address, isHttp: boolean): DispatchConnection {
    if (!isHttp) {
      const text = `Cannot connect to "${formatTarget(address)}": a binding takes messages of HTTP only`
      throw new ProxyError('INVALID_TARGET', text)
    }
    return new DispatchConnection({
      target: this.#targets.find(address),
      pool: this.#dispatchers,
      random: this.random,
      setTimer: (callback, delayMs) => this.setTimer(callback, delayMs),
      info: { remoteAddress: address.host, remotePort: address.port, localAddress: '', localPort: 0 },
    })
  }

  /** For filters that look at the bytes. */
  #toBytes(messages: MessageConnection): Connection {
    if (this.#sockets !== undefined) {
      return this.#sockets.bytes.toBytes(messages, { reads: 'answers', fieldEncoding: workersRuntime.fieldEncoding })
    }
    throw new ProxyError('UNSUPPORTED', `Cannot make bytes of messages: give sockets, worker(proxy, { sockets })`)
  }

  #requireSockets(address: Address): Sockets {
    if (this.#sockets !== undefined) return this.#sockets
    const text = `Cannot connect to "${formatTarget(address)}": this Worker has no sockets`
    throw new ProxyError(
      'INVALID_TARGET',
      `${text}; import sockets from "sluice/cloudflare", worker(proxy, { sockets })`,
    )
  }

  /** Counted as a dispatcher that serves once; what goes over it is the engine's matter. */
  #openSocket(connection: Connection, address: Address): Connection {
    const target = formatTarget(address.scheme === undefined ? { ...address, scheme: 'tcp' } : address)
    const dispatcher = this.#dispatchers.take(target, 'socket', () =>
      Promise.reject(new Error(`Cannot fetch from "${target}": it is a socket`)),
    )
    return new CountedConnection(connection, (error) => this.#dispatchers.drop(dispatcher, error !== undefined))
  }
}

function setTimer(callback: () => void, delayMs: number): Timer {
  const id = setTimeout(callback, delayMs)
  return { cancel: () => clearTimeout(id) }
}
