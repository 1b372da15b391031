import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Event } from '../events.ts'
import { ThrottleFilter } from './throttle-filter.ts'
import { type QuotaProvider, readThrottleOptions, type ThrottleOptions } from './throttle-options.ts'
import { ThrottlePosition } from './throttle-position.ts'

/**
 * Passes so many messages in a time. Each takes one from the quota at its head; without one it waits, in order, with its
 * source paused, or is refused: a request is answered 429 with Retry-After (RFC 6585 4, RFC 9110 10.2.3), past the filters
 * behind, and any other stream ends with QUOTA_EXCEEDED. A client that leaves gives up its place. When the proxy stops,
 * whoever waits is answered 503.
 * @param quota an `algo.Quota`, or a function of the session's variables that gives it, asked at each message; nothing
 * is no limit
 * @throws INVALID_ARGUMENT for what it cannot use
 */
export function throttleMessageRate<V = Variables>(
  quota: QuotaProvider<V>,
  options: ThrottleOptions<V> = {},
): FilterRecipe<V> {
  const name = 'throttleMessageRate'
  const settings = readThrottleOptions<V>(name, quota, options, 429)
  return {
    name,
    reads: 'heads',
    bind: (scope) => {
      const position = new ThrottlePosition<V>(scope, settings)
      return (pipeline) => new ThrottleMessageRateFilter(pipeline, position)
    },
  }
}

class ThrottleMessageRateFilter<V> extends ThrottleFilter<V> {
  protected override throttle(event: Event): void {
    if (event.type !== 'MessageStart') {
      this.next.process(event)
      return
    }
    this.find((share) => {
      if (share === undefined) this.next.process(event)
      else this.ask(share, 1, 1, () => this.next.process(event))
    })
  }
}
