import type { Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { StreamEnd } from '../events.ts'
import { eventReplacer } from './event-replacer.ts'

/**
 * Replaces the end of the session.
 * @param replacement what to output instead, or a function of the event that gives it; nothing deletes the event.
 * A function that gives anything but events, Messages or nothing fails with INVALID_OUTPUT
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output
 */
export function replaceSessionEnd<V = Variables>(replacement?: Replacement<StreamEnd, V>): FilterRecipe<V> {
  return eventReplacer('replaceSessionEnd', 'StreamEnd', replacement)
}
