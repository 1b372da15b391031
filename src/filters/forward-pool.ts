import type { HedgeOptions } from '../algorithms/service/retry-options.ts'
import type { ServiceTimeouts } from '../algorithms/service/service-options.ts'
import type { Service } from '../algorithms/service/service.ts'
import type { Target } from '../algorithms/service/target.ts'
import type { BuildScope } from '../engine/filter-recipe.ts'
import type { InboundConnection } from '../engine/inbound-connection.ts'
import type { Log } from '../engine/log.ts'
import { PipelineLayout } from '../engine/pipeline-layout.ts'
import { Ticker } from '../engine/ticker.ts'
import type { Timer, Transport } from '../transport.ts'
import { connect } from './connect.ts'
import type { ForwardAttempt } from './forward-attempt.ts'
import { type ForwardSettings, forwardSettings } from './forward-settings.ts'
import { createServiceRuntime } from './health-check/create-service-runtime.ts'
import { HedgeDelay } from './hedge-delay.ts'
import { MuxHttpPosition } from './mux-http-position.ts'
import { openSticky } from './sticky/open-sticky.ts'
import type { Sticky } from './sticky/sticky.ts'
import { SessionCheckouts } from './session-checkouts.ts'

/** What is known of the services' latencies: in a Worker a pool lives for one request. */
const HEDGING = new WeakMap<Service, HedgeDelay>()

/** What the pipeline that leads to a target knows. */
export interface TargetVariables {
  readonly target: string
}

/** What a forward filter position needs of the proxy that it is built for. */
export type ForwardScope = Pick<BuildScope, 'transport' | 'log' | 'http1'>

/** What a forward filter position says of all its services: the options of forward. */
export interface PoolSettings {
  readonly checkout: 'request' | 'session'
  readonly timeouts: ServiceTimeouts | undefined
  readonly allowConnect: boolean
}

/** What a forward filter position has for one service: the connections to its targets, and the clock for its tries. */
export class ForwardPool {
  readonly service: Service
  readonly settings: ForwardSettings
  readonly connections: MuxHttpPosition<TargetVariables>
  readonly log: Log
  readonly allowsConnect: boolean
  /** What keeps a client with a target; undefined when nothing does. */
  readonly sticky: Sticky | undefined
  /** Finds out when a second target is asked; undefined when none ever is. */
  readonly hedging: HedgeDelay | undefined
  /** Tries that the service has not been told the end of. */
  runningCount = 0
  readonly #transport: Transport
  readonly #checkouts: SessionCheckouts | undefined
  /** The tries whose time runs, where tries have one. */
  readonly #watched = new Set<ForwardAttempt>()
  readonly #ticker: Ticker
  readonly #onDrain: (() => void)[] = []
  readonly #onStop: (() => void)[] = []

  constructor(service: Service, scope: ForwardScope, { checkout, timeouts, allowConnect }: PoolSettings) {
    const { transport, log } = scope
    const { options } = service
    const settings = forwardSettings({ ...options, timeouts: { ...options.timeouts, ...timeouts } })
    this.service = service
    this.settings = settings
    this.log = log
    this.allowsConnect = allowConnect
    this.sticky = openSticky(service, transport)
    this.#transport = transport
    const layout = new PipelineLayout<TargetVariables>(`the connections of service "${service.name}"`, log)
    const upstream: BuildScope<TargetVariables> = {
      transport,
      log,
      get http1() {
        return scope.http1
      },
      layout: () => layout,
      leadsTo: () => false,
      reads: () => 'nothing',
      // Connections begin with requests.
      onStart: () => undefined,
      onDrain: (callback) => void this.#onDrain.push(callback),
      onStop: (callback) => void this.#onStop.push(callback),
    }
    const recipe = connect<TargetVariables>(($) => $.target, settings.connect)
    layout.complete([recipe.bind(upstream)], 'nothing')
    this.connections = new MuxHttpPosition(upstream, { filters: [recipe] }, settings.pool)
    this.#checkouts = checkout === 'session' ? new SessionCheckouts(this.connections) : undefined
    const { perTryTimeoutMs, hedge } = settings
    this.hedging = hedge === undefined ? undefined : hedgeDelayOf(service, hedge)
    this.#ticker = new Ticker(transport, [perTryTimeoutMs], () => this.#checkTimeouts(perTryTimeoutMs))
    // Who has left the service gets no more requests: his connections are of no use.
    const leave = service.subscribe(({ target, to }) => {
      if (to === 'draining' || to === 'removed') this.connections.drain(target)
    })
    transport.uses?.(service)
    const detach = service.attach(createServiceRuntime(scope))
    this.#onStop.push(leave, detach, () => this.#ticker.stop())
  }

  /** Finishes what is under way and keeps no connection. */
  drain(): void {
    for (const callback of this.#onDrain) callback()
  }

  /** Closes everything. */
  stop(): void {
    for (const callback of this.#onStop.splice(0)) callback()
  }

  now(): number {
    return this.#transport.now()
  }

  random(): number {
    return this.#transport.random()
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    return this.#transport.setTimer(callback, delayMs)
  }

  /** Whether a request with the method may be sent twice. */
  isRepeatable(method: string): boolean {
    return this.settings.methods.has(method)
  }

  isRetriedStatus(status: number): boolean {
    return status >= 400 && this.settings.retryOn.has(status)
  }

  pick(key: string | undefined, excluded: ReadonlySet<Target> | undefined): Target | undefined {
    return this.service.pick({ ...(key === undefined ? {} : { key }), ...(excluded === undefined ? {} : { excluded }) })
  }

  /** Takes a connection for a try: at once, or later by calling its `begin`. */
  acquire(attempt: ForwardAttempt, inbound: InboundConnection | undefined): void {
    const key = inbound === undefined ? undefined : this.#checkouts?.keyOf(inbound, attempt.target)
    this.connections.acquire(key ?? attempt.target, attempt)
  }

  /** The time of a try runs from now on, unless it does already. */
  watch(attempt: ForwardAttempt): void {
    if (this.settings.perTryTimeoutMs === 0 || this.#watched.has(attempt)) return
    attempt.watchedSince = this.#ticker.count
    this.#watched.add(attempt)
    this.#ticker.start()
  }

  /** It runs no more: the try is answered, over or given up, or the client has still to send something. */
  unwatch(attempt: ForwardAttempt): void {
    if (this.#watched.delete(attempt) && this.#watched.size === 0) this.#ticker.stop()
  }

  /** The target that a client stays with; undefined when there is none, or it may get no requests. */
  targetOf(client: InboundConnection | undefined): Target | undefined {
    const target = client === undefined ? undefined : this.#checkouts?.targetOf(client)
    return target?.isServing === true ? target : undefined
  }

  /** The answer of a try goes to the client. */
  chosen(attempt: ForwardAttempt, inbound: InboundConnection | undefined): void {
    this.hedging?.observe(attempt.latencyMs)
    if (inbound !== undefined) this.#checkouts?.stick(inbound, attempt.target)
  }

  #checkTimeouts(timeoutMs: number): void {
    for (const attempt of this.#watched) {
      if (this.#ticker.isOver(attempt.watchedSince, timeoutMs)) attempt.timeOut(timeoutMs)
    }
  }
}

function hedgeDelayOf(service: Service, options: HedgeOptions): HedgeDelay {
  let delay = HEDGING.get(service)
  if (delay === undefined) {
    delay = new HedgeDelay(options)
    HEDGING.set(service, delay)
  }
  return delay
}
