import type { Quota } from '../algorithms/quota/quota.ts'
import type { Context } from '../engine/context.ts'
import type { BuildScope } from '../engine/filter-recipe.ts'
import { provide } from '../engine/provide.ts'
import { ProxyError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import { refuseThrottled } from './refuse-throttled.ts'
import { ThrottleQueue } from './throttle-queue.ts'
import type { ThrottleSettings } from './throttle-options.ts'
import type { ThrottleTurn } from './throttle-turn.ts'

/** What a session asks a share of. */
export interface QuotaShare {
  readonly quota: Quota
  readonly key: string
  readonly priority: number
}

/** All that pass one throttling filter: a queue for each quota and key that somebody waits for. */
export class ThrottlePosition<V> {
  readonly settings: ThrottleSettings<V>
  readonly transport: Transport
  readonly #queues = new Map<Quota, Map<string, ThrottleQueue>>()

  constructor(scope: Pick<BuildScope<V>, 'transport' | 'onStop'>, settings: ThrottleSettings<V>) {
    this.settings = settings
    this.transport = scope.transport
    scope.onStop(() => this.#stop())
  }

  /**
   * Finds out what a session is limited by; nothing when it is not.
   * @throws what the user's functions throw; INVALID_ARGUMENT when they give what is no quota, key or priority
   */
  shareOf(context: Context<V>): QuotaShare | undefined | Promise<QuotaShare | undefined> {
    const { quota, key, priority } = this.settings
    const given = provide(quota, context)
    const name = provide(key, context)
    const rank = provide(priority, context)
    if (given instanceof Promise || name instanceof Promise || rank instanceof Promise) {
      return Promise.all([given, name, rank]).then((parts) => this.#read(...parts))
    }
    return this.#read(given, name, rank)
  }

  /**
   * Asks for a share of a quota: from `least` to `count`.
   * @returns what was given or refused, when that is known at once; otherwise a turn to wait for
   * @throws INVALID_ARGUMENT when the quota can never give that much
   */
  enter(share: QuotaShare, count: number, least: number): number | ProxyError | ThrottleTurn {
    const { quota, key, priority } = share
    const queue = this.#queues.get(quota)?.get(key)
    if (queue !== undefined) return queue.join(count, least, priority)
    const grant = quota.take(count, { key, least, nowMs: this.transport.now() })
    if (!(grant instanceof Promise)) {
      if (grant.taken > 0) return grant.taken
      if (this.settings.maxQueue < 1) return refuseThrottled(this.settings, 'used-up', grant.retryAfterMs)
    }
    return this.#open(quota, key).begin(grant, count, least, priority)
  }

  #open(quota: Quota, key: string): ThrottleQueue {
    const queues = this.#queues.get(quota) ?? new Map<string, ThrottleQueue>()
    const onEmpty = (): void => {
      if (queues.get(key) !== queue) return
      queues.delete(key)
      if (queues.size === 0 && this.#queues.get(quota) === queues) this.#queues.delete(quota)
    }
    const queue = new ThrottleQueue(quota, key, { ...this.settings, transport: this.transport, onEmpty })
    queues.set(key, queue)
    this.#queues.set(quota, queues)
    return queue
  }

  #read(quota: Quota | null | undefined, key = '', priority = 0): QuotaShare | undefined {
    if (quota === null || quota === undefined) return undefined
    const { filter } = this.settings
    if (typeof quota.take !== 'function') throw wrong(filter, 'quota', 'an algo.Quota or nothing', quota)
    if (typeof key !== 'string') throw wrong(filter, 'key', 'a string or nothing', key)
    if (typeof priority !== 'number' || Number.isNaN(priority)) throw wrong(filter, 'priority', 'a number', priority)
    return { quota, key, priority }
  }

  #stop(): void {
    for (const queues of [...this.#queues.values()]) for (const queue of [...queues.values()]) queue.stop()
  }
}

function wrong(filter: string, what: string, expected: string, value: unknown): ProxyError {
  const state = `the ${what} is "${String(value)}", expected ${expected}`
  return new ProxyError('INVALID_ARGUMENT', `Cannot throttle at ${filter}: ${state}`)
}
