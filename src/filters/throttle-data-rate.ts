import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { Data, type Event } from '../events.ts'
import { ThrottleFilter } from './throttle-filter.ts'
import { type QuotaProvider, readThrottleOptions, type ThrottleKeyOptions } from './throttle-options.ts'
import { type QuotaShare, ThrottlePosition } from './throttle-position.ts'

/** Of a quota's rate so much is waited for at a time, so that bytes do not trickle one by one. */
const PIECE_MS = 50

/**
 * Passes so many bytes in a time: Data is cut to what the quota gives, and the rest waits with its source paused; the sessions
 * that share a quota take turns. Nothing is refused. Heads and ends of messages cost nothing, and stay in their
 * place.
 * @param quota an `algo.Quota` that counts bytes, or a function of the session's variables that gives it, asked once in
 * a session; nothing is no limit
 * @throws INVALID_ARGUMENT for what it cannot use
 */
export function throttleDataRate<V = Variables>(
  quota: QuotaProvider<V>,
  options: ThrottleKeyOptions<V> = {},
): FilterRecipe<V> {
  const name = 'throttleDataRate'
  const { key, priority } = options
  const bounds = { maxQueue: Number.POSITIVE_INFINITY, timeoutMs: 0 }
  const settings = readThrottleOptions<V>(
    name,
    quota,
    { ...(key === undefined ? {} : { key }), ...(priority === undefined ? {} : { priority }), ...bounds },
    429,
  )
  return {
    name,
    bind: (scope) => {
      const position = new ThrottlePosition<V>(scope, settings)
      return (pipeline) => new ThrottleDataRateFilter(pipeline, position)
    },
  }
}

class ThrottleDataRateFilter<V> extends ThrottleFilter<V> {
  /** Absent while nobody has asked for it. */
  #found: { readonly share: QuotaShare | undefined } | undefined

  override reopen(): boolean {
    this.#found = undefined
    return super.reopen()
  }

  protected override throttle(event: Event): void {
    if (!(event instanceof Data) || event.size === 0) {
      this.next.process(event)
      return
    }
    const found = this.#found
    if (found !== undefined) {
      this.#pass(event, found.share)
      return
    }
    event.keep()
    this.find((share) => {
      this.#found = { share }
      this.#pass(event, share)
    })
  }

  #pass(data: Data, share: QuotaShare | undefined): void {
    if (share === undefined) {
      this.next.process(data)
      return
    }
    const { size } = data
    const { limit, perMs, burst } = share.quota.rule
    // A full quota is all that there is to wait for.
    const piece = Math.min(size, burst, Math.max(1, Math.ceil((limit * PIECE_MS) / perMs)))
    this.ask(share, size, piece, (given) => {
      if (given >= size) {
        this.next.process(data)
        return
      }
      const rest = data.slice(given, size).keep()
      this.next.process(data.slice(0, given))
      if (!this.isOver) this.#pass(rest, share)
    })
  }
}
