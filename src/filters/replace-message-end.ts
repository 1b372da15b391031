import type { Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { MessageEnd } from '../events.ts'
import { eventReplacer } from './event-replacer.ts'

/**
 * Replaces the end of each message.
 * @param replacement what to output instead, or a function of the event that gives it; nothing deletes the event.
 * A function that gives anything but events, Messages or nothing fails with INVALID_OUTPUT
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output
 */
export function replaceMessageEnd<V = Variables>(replacement?: Replacement<MessageEnd, V>): FilterRecipe<V> {
  return eventReplacer('replaceMessageEnd', 'MessageEnd', replacement)
}
