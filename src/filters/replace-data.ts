import type { Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Data, Event } from '../events.ts'
import { startWithUnknownLength } from './start-with-unknown-length.ts'
import { checkReplacement } from './check-replacement.ts'
import { ReplacingFilter } from './replacing-filter.ts'

/**
 * Replaces each piece of data; a flush (size 0) only passes. Heads lose their Content-Length, which no longer holds.
 * @param replacement what to output instead, or a function of the data that gives it; nothing deletes the data.
 * A function that gives anything but events, Messages or nothing fails with INVALID_OUTPUT
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output
 */
export function replaceData<V = Variables>(replacement?: Replacement<Data, V>): FilterRecipe<V> {
  const name = 'replaceData'
  const checked = checkReplacement(name, replacement)
  return { name, bind: () => (pipeline) => new DataReplacer(pipeline, name, checked) }
}

class DataReplacer<V> extends ReplacingFilter<Data, V> {
  protected override handle(event: Event): void {
    if (event.type === 'Data' && event.size > 0) this.replace(event)
    else this.next.process(event.type === 'MessageStart' ? startWithUnknownLength(event) : event)
  }
}
