import type { Service } from '../algorithms/service/service.ts'
import type { Log } from '../engine/log.ts'
import { LIMITS } from '../limits.ts'
import { ForwardPool, type ForwardScope, type PoolSettings } from './forward-pool.ts'
import { invalidArgument } from './invalid-argument.ts'

/** What all sessions of one forward filter position share: a pool for each service that they use. */
export class ForwardPosition {
  readonly log: Log
  readonly #scope: ForwardScope
  readonly #settings: PoolSettings
  /** The one that was made first comes first. */
  readonly #pools = new Map<Service, ForwardPool>()

  constructor(scope: ForwardScope, settings: PoolSettings) {
    this.log = scope.log
    this.#scope = scope
    this.#settings = settings
  }

  /** @throws INVALID_ARGUMENT for what is no Service */
  poolOf(service: Service): ForwardPool {
    const known = this.#pools.get(service)
    if (known !== undefined) return known
    if (typeof (service as Partial<Service> | undefined)?.pick !== 'function') {
      throw invalidArgument('forward', 'it takes a Service, or a function that gives one', service)
    }
    if (this.#pools.size >= LIMITS.maxServicePools) this.#stopOne()
    const pool = new ForwardPool(service, this.#scope, this.#settings)
    this.#pools.set(service, pool)
    return pool
  }

  drain(): void {
    for (const pool of this.#pools.values()) pool.drain()
  }

  stop(): void {
    for (const pool of this.#pools.values()) pool.stop()
    this.#pools.clear()
  }

  /** A function may make a service for each request: those that serve nobody make room. */
  #stopOne(): void {
    for (const [service, pool] of this.#pools) {
      if (pool.runningCount > 0) continue
      this.#pools.delete(service)
      return pool.stop()
    }
  }
}
