import type { RetryTrigger } from '../algorithms/service/retry-options.ts'
import type { Target } from '../algorithms/service/target.ts'
import { LIMITS } from '../limits.ts'
import type { ForwardPool } from './forward-pool.ts'

/**
 * Which target a request goes to, and which one next: never one that was tried while another that is available was not.
 * Only when all of them were, they are tried once more, and then the request waits a little before.
 */
export class RetryPlan {
  /** What a keyed balancer places the request by. */
  key: string | undefined
  readonly #pool: ForwardPool
  /** Where it was tried, once that is more than one. */
  #tried: Set<Target> | undefined
  #last: Target | undefined
  /** How often it was tried so far. */
  #count = 0
  /** How often all targets were tried. */
  #rounds = 0
  #startedMs = 0
  #isHedged = false
  #next: Target | undefined
  /** Until when a target wants to be left alone. */
  #untilMs: Map<Target, number> | undefined

  constructor(pool: ForwardPool) {
    this.#pool = pool
  }

  /** A target that was not tried; undefined when there is none that is available. */
  untried(): Target | undefined {
    return this.#pick(this.#tried ?? (this.#last === undefined ? undefined : new Set([this.#last])))
  }

  /** The request goes to a target. @returns how often it was tried, this time included */
  count(target: Target): number {
    if (this.#count === 0) this.#startedMs = this.#pool.now()
    else this.#tried ??= new Set(this.#last === undefined ? [] : [this.#last])
    this.#tried?.add(target)
    this.#last = target
    return ++this.#count
  }

  /** Whether the request may be tried once more for this reason. */
  allows(trigger: RetryTrigger): boolean {
    const { settings, service } = this.#pool
    const { retryOn, retryCount } = settings
    return this.#count <= retryCount && retryOn.has(trigger) && service.mayRetry()
  }

  /**
   * How long to wait before the next try.
   * @param failed where it was tried last
   * @param pauseMs how long that one wants to be left alone
   * @returns undefined when there is no target, or when it would take too long
   */
  waitMs(failed: Target, pauseMs: number): number | undefined {
    const pool = this.#pool
    const nowMs = pool.now()
    if (pauseMs > 0 && pool.settings.respectsRetryAfter) {
      this.#untilMs ??= new Map()
      this.#untilMs.set(failed, nowMs + pauseMs)
    }
    this.#next = this.untried()
    if (this.#next !== undefined) return 0
    this.#tried = new Set([failed])
    this.#next = this.untried() ?? this.#pick()
    if (this.#next === undefined) return undefined
    // Sums and differences of fractions may be off by a little: a second is a second.
    const leftMs = Math.round((this.#untilMs?.get(this.#next) ?? nowMs) - nowMs)
    if (leftMs > LIMITS.maxRetryAfterMs) return undefined
    const longestMs = Math.min(LIMITS.maxRetryDelayMs, LIMITS.minRetryDelayMs * 2 ** this.#rounds++)
    const waitMs = Math.max(leftMs, longestMs * (0.5 + pool.random() / 2))
    const { exchangeTimeoutMs } = pool.connections
    const isTooLate = exchangeTimeoutMs > 0 && nowMs + waitMs - this.#startedMs >= exchangeTimeoutMs
    return isTooLate ? undefined : waitMs
  }

  /** The target for the next try, after the wait. */
  next(): Target | undefined {
    const next = this.#next
    this.#next = undefined
    return next?.isAvailable === true ? next : (this.untried() ?? this.#pick())
  }

  /** After how long a second target is asked as well; undefined when none is. It is, at most once. */
  hedgeDelayMs(method: string, upgrade: string): number | undefined {
    const { hedging } = this.#pool
    if (hedging === undefined || this.#isHedged || upgrade !== '') return undefined
    return method === 'GET' || method === 'HEAD' ? hedging.delayMs : undefined
  }

  /** The second target; undefined when there is no other, or the budget does not allow it. */
  hedgeTarget(): Target | undefined {
    if (!this.#pool.service.mayRetry()) return undefined
    this.#isHedged = true
    return this.untried()
  }

  #pick(excluded?: ReadonlySet<Target>): Target | undefined {
    return this.#pool.pick(this.key, excluded)
  }
}
