import { TimerQueue } from '../../src/engine/timer-queue.ts'
import { ProxyError } from '../../src/errors.ts'
import { DispatchConnection } from '../../src/fetch/dispatch-connection.ts'
import { DispatchLimit } from '../../src/fetch/dispatch-limit.ts'
import { DispatcherPool } from '../../src/fetch/dispatcher-pool.ts'
import { LIMITS } from '../../src/limits.ts'
import { FailedConnection } from '../../src/streams/failed-connection.ts'
import type { Address, Capabilities, Connection, ConnectOptions, Timer, Transport } from '../../src/transport.ts'
import { CountedConnection } from './counted-connection.ts'
import { DispatchTargets } from './dispatch-targets.ts'
import { formatTarget } from './format-target.ts'
import { socketConnection } from './socket-connection.ts'

/** As long as what a request of the usual time-outs sets. */
const LONGEST_TIMER_MS = 250

/** How targets without a scheme, and those of `http` and `https`, are reached. */
export type DispatcherChoice = 'fetch' | 'socket'

export interface CloudflareTransportOptions {
  /** The dispatchers of the isolate, and what is counted of them. @default a pool of this transport's own */
  readonly dispatchers?: DispatcherPool
  /**
   * `fetch`: by the platform's fetch. `socket`: by connections of `cloudflare:sockets`, over which messages go as they
   * were written. @default 'fetch'
   */
  readonly dispatcher?: DispatcherChoice
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
  /**
   * Requests that wait for the head of their answer at once; others wait for their turn. 0 is as many as there are.
   * @default LIMITS.maxAwaitedHeads, which is the platform's own limit
   */
  readonly maxAwaitedHeads?: number
}

/**
 * Workers as a transport, for one call of the Worker: Workers allow no request to use what another one opened. Only the
 * dispatchers are the isolate's, which are plain data.
 *
 * Connections that carry HTTP are dispatchers, for all targets but `tcp` ones; what fetch cannot say is listed at
 * {@link DispatchConnection}. All others are sockets of their own. There are no listening sockets: requests come in
 * through the Worker.
 */
export class CloudflareTransport implements Transport {
  readonly name = 'cloudflare'
  readonly capabilities: Capabilities
  readonly #dispatchers: DispatcherPool
  readonly #choice: DispatcherChoice
  readonly #openPooled: CloudflareTransportOptions['openPooled']
  readonly #targets: DispatchTargets
  /** Setting a timer of Workers takes some 2 % of a small request's time. */
  readonly #timers = new TimerQueue({ now: () => performance.now(), setTimer }, LONGEST_TIMER_MS)

  constructor(options: CloudflareTransportOptions = {}) {
    const { dispatcher = 'fetch', maxAwaitedHeads = LIMITS.maxAwaitedHeads, openPooled, env, clientHost } = options
    this.#dispatchers = options.dispatchers ?? new DispatcherPool({ now: this.now })
    this.#choice = dispatcher
    this.#openPooled = openPooled
    const limit = new DispatchLimit(maxAwaitedHeads === 0 ? Number.POSITIVE_INFINITY : maxAwaitedHeads)
    this.#targets = new DispatchTargets({
      env,
      clientHost,
      inTurn: (send) => (request) => limit.run(() => send(request), request.signal),
    })
    this.capabilities = {
      tcpListen: false,
      tcpConnect: true,
      sharedSockets: openPooled !== undefined,
      rawHeaders: dispatcher === 'socket' || openPooled !== undefined,
      upgrade: true,
      tls: true,
      background: false,
      targetSchemes: ['http', 'https', 'tcp', 'binding'],
    }
  }

  connect(address: Address, options: ConnectOptions): Connection {
    const { scheme } = address
    const isHttp = options.protocol === 'http'
    if (isHttp && this.#openPooled !== undefined && (scheme === undefined || scheme === 'tcp')) {
      return this.#openPooled(address, options)
    }
    const isSocket = !isHttp || scheme === 'tcp' || this.#choice === 'socket'
    try {
      return isSocket && scheme !== 'binding' ? this.#openSocket(address, options) : this.#dispatch(address, isHttp)
    } catch (error) {
      const failure = ProxyError.from(error, 'CONNECT_FAILED', `Cannot connect to "${formatTarget(address)}"`)
      return new FailedConnection(failure)
    }
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

  #dispatch(address: Address, isHttp: boolean): Connection {
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

  /** Counted as a dispatcher that serves once; what goes over it is the engine's matter. */
  #openSocket(address: Address, options: ConnectOptions): Connection {
    const connection = socketConnection(address, options)
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
