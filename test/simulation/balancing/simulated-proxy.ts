import type { Outcome } from '../../../src/algorithms/service/outcome.ts'
import type { RetryTrigger } from '../../../src/algorithms/service/retry-options.ts'
import type { Service } from '../../../src/algorithms/service/service.ts'
import type { Target } from '../../../src/algorithms/service/target.ts'
import { LIMITS } from '../../../src/limits.ts'
import { type EventQueue, SimulatedEvent } from './event-queue.ts'
import type { Ledger } from './ledger.ts'
import type { SimulatedTarget, TargetClient } from './simulated-target.ts'

/** How requests are tried again, as the retry options of a service have it. */
export interface TryOptions {
  /** Tries after the first one. */
  readonly attempts: number
  readonly on: ReadonlySet<RetryTrigger>
  /** Time for the answer of one try. */
  readonly perTryTimeoutMs: number
}

const TRIGGERS = { 'connect-failed': 'connect-failure', reset: 'reset', timeout: 'timeout' } as const

/**
 * Does with a service what the filter `forward` does, without connections and messages: asks it whether a request may come
 * in, where it goes, whether it may be tried again, and tells it how each try went.
 */
export class SimulatedProxy {
  readonly service: Service
  readonly events: EventQueue
  readonly ledger: Ledger
  readonly options: TryOptions
  readonly #servers: ReadonlyMap<string, SimulatedTarget>

  constructor(
    service: Service,
    servers: ReadonlyMap<string, SimulatedTarget>,
    events: EventQueue,
    ledger: Ledger,
    options: TryOptions,
  ) {
    this.service = service
    this.#servers = servers
    this.events = events
    this.ledger = ledger
    this.options = options
  }

  /** A request comes in. */
  request(key: string): void {
    this.ledger.came(this.events.nowMs)
    if (this.service.admit() !== undefined) this.ledger.failed(false)
    else new ProxiedRequest(this, key).begin()
  }

  /** The server at a target's address; it must be there. */
  serverOf(target: Target): SimulatedTarget {
    const server = this.#servers.get(target.address)
    if (server === undefined) throw new Error(`Cannot send to "${target.address}": there is no such server`)
    return server
  }
}

/** A request from when it comes in until it is answered. */
class ProxiedRequest {
  readonly proxy: SimulatedProxy
  readonly key: string
  readonly #cameMs: number
  #count = 0
  #tried: Set<Target> | undefined

  constructor(proxy: SimulatedProxy, key: string) {
    this.proxy = proxy
    this.key = key
    this.#cameMs = proxy.events.nowMs
  }

  begin(): void {
    const target = this.proxy.service.pick({ key: this.key })
    if (target === undefined) this.proxy.ledger.failed(false)
    else this.#try(target, false)
  }

  /** How a try went. */
  ended(target: Target, outcome: Outcome): void {
    const { ledger, events, service, options } = this.proxy
    const isAnswered = outcome.kind === 'answered'
    if (isAnswered && outcome.status < 400) return ledger.succeeded(this.#cameMs, events.nowMs)
    const trigger =
      outcome.kind === 'answered' ? outcome.status : outcome.kind === 'aborted' ? 0 : TRIGGERS[outcome.kind]
    if (this.#count > options.attempts || !options.on.has(trigger) || !service.mayRetry()) {
      return ledger.failed(isAnswered)
    }
    this.#tried ??= new Set()
    this.#tried.add(target)
    const next = service.pick({ key: this.key, excluded: this.#tried })
    if (next !== undefined) return this.#try(next, true)
    // All were tried, or none is available: once more, after a while.
    events.add(() => {
      const again = service.pick({ key: this.key })
      if (again === undefined) ledger.failed(isAnswered)
      else this.#try(again, true)
    }, LIMITS.minRetryDelayMs)
  }

  #try(target: Target, isRetry: boolean): void {
    this.#count++
    new ProxiedTry(this, target, isRetry).begin()
  }
}

/** One try of a request at one target. */
class ProxiedTry implements TargetClient {
  readonly #request: ProxiedRequest
  readonly #target: Target
  readonly #isRetry: boolean
  readonly #beganMs: number
  readonly #timeout: SimulatedEvent
  #isOver = false

  constructor(request: ProxiedRequest, target: Target, isRetry: boolean) {
    this.#request = request
    this.#target = target
    this.#isRetry = isRetry
    this.#beganMs = request.proxy.events.nowMs
    this.#timeout = new SimulatedEvent(() => this.#end({ kind: 'timeout', latencyMs: this.#elapsedMs }))
  }

  begin(): void {
    const { service, events, ledger, options } = this.#request.proxy
    const target = this.#target
    service.begin(target)
    if (this.#isRetry) service.beginRetry()
    ledger.tried(events.nowMs)
    events.set(this.#timeout, options.perTryTimeoutMs)
    this.#request.proxy.serverOf(target).receive(this)
  }

  answered(status: number): void {
    this.#end({ kind: 'answered', status, latencyMs: this.#elapsedMs })
  }

  refused(): void {
    this.#end({ kind: 'connect-failed', latencyMs: this.#elapsedMs })
  }

  reset(): void {
    this.#end({ kind: 'reset', latencyMs: this.#elapsedMs })
  }

  get #elapsedMs(): number {
    return this.#request.proxy.events.nowMs - this.#beganMs
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    const { service, events } = this.#request.proxy
    events.cancel(this.#timeout)
    if (this.#isRetry) service.endRetry()
    service.end(this.#target, outcome)
    this.#request.ended(this.#target, outcome)
  }
}
