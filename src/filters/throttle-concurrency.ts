import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { type Event, Data } from '../events.ts'
import { invalidArgument } from './invalid-argument.ts'
import { ThrottleFilter } from './throttle-filter.ts'
import { type QuotaProvider, readThrottleOptions, type ThrottleOptions } from './throttle-options.ts'
import { type QuotaShare, ThrottlePosition } from './throttle-position.ts'

/**
 * Passes so many sessions at once: requests inside demuxHTTP, connections elsewhere. Each takes one from the quota at its
 * first event and gives it back when it is over, however it ends. Without one it waits, in order, with its source paused, or
 * is refused: a request is answered 503 with Retry-After, past the filters behind, and any other stream ends with QUEUE_FULL
 * or QUEUE_TIMEOUT.
 * @param quota an `algo.Quota` that is not filled again by itself, `new algo.Quota(100)`, or a function of the session's
 * variables that gives it; nothing is no limit
 * @throws INVALID_ARGUMENT for what it cannot use
 */
export function throttleConcurrency<V = Variables>(
  quota: QuotaProvider<V>,
  options: ThrottleOptions<V> = {},
): FilterRecipe<V> {
  const name = 'throttleConcurrency'
  const settings = readThrottleOptions<V>(name, quota, options, 503)
  if (typeof quota === 'object' && quota !== null) checkQuota(name, quota.rule.perMs)
  return {
    name,
    reads: 'nothing',
    bind: (scope) => {
      const position = new ThrottlePosition<V>(scope, settings)
      return (pipeline) => new ThrottleConcurrencyFilter(pipeline, position)
    },
  }
}

/** What is filled again by itself would let in more and more. */
function checkQuota(filter: string, perMs: number): void {
  if (perMs === Number.POSITIVE_INFINITY) return
  throw invalidArgument(filter, 'the quota must have no perMs, since sessions give back what they took', perMs)
}

class ThrottleConcurrencyFilter<V> extends ThrottleFilter<V> {
  #isIn = false
  /** What is to be given back. */
  #held: QuotaShare | undefined

  override close(): void {
    super.close()
    const held = this.#held
    this.#held = undefined
    if (held === undefined) return
    const given = held.quota.produce(1, held.key, this.position.transport.now())
    if (given instanceof Promise) given.catch((error: unknown) => this.pipeline.fail(error, this.name))
  }

  override reopen(): boolean {
    this.#isIn = false
    return super.reopen()
  }

  protected override throttle(event: Event): void {
    if (this.#isIn) {
      this.next.process(event)
      return
    }
    if (event instanceof Data) event.keep()
    this.find((share) => {
      if (share === undefined) this.#enter(event, undefined)
      else if (this.#isUsable(share)) this.ask(share, 1, 1, () => this.#enter(event, share))
    })
  }

  #enter(event: Event, share: QuotaShare | undefined): void {
    this.#isIn = true
    this.#held = share
    this.next.process(event)
  }

  #isUsable({ quota }: QuotaShare): boolean {
    try {
      checkQuota(this.name, quota.rule.perMs)
      return true
    } catch (error) {
      this.fail(error)
      return false
    }
  }
}
