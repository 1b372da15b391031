import type { Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Event } from '../events.ts'
import { checkReplacement } from './check-replacement.ts'
import { ReplacingFilter } from './replacing-filter.ts'

/**
 * Replaces the first event of a session, of whatever kind. A client connection's first event is a flush that comes when
 * it is accepted: replacing it by Data greets the client.
 * @param replacement what to output instead, or a function of the event that gives it; nothing deletes the event.
 * A function that gives anything but events, Messages or nothing fails with INVALID_OUTPUT
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output
 */
export function replaceSessionStart<V = Variables>(replacement?: Replacement<Event, V>): FilterRecipe<V> {
  const name = 'replaceSessionStart'
  const checked = checkReplacement(name, replacement)
  return { name, bind: () => (pipeline) => new SessionStartReplacer(pipeline, name, checked) }
}

class SessionStartReplacer<V> extends ReplacingFilter<Event, V> {
  #isStarted = false

  protected override handle(event: Event): void {
    if (this.#isStarted) {
      this.next.process(event)
      return
    }
    this.#isStarted = true
    this.replace(event)
  }
}
