import type { Replacement } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event } from '../events.ts'
import { type CheckedReplacement, checkReplacement } from './check-replacement.ts'
import { ReplacingFilter } from './replacing-filter.ts'

/**
 * A filter that replaces each event of one type.
 * @throws INVALID_ARGUMENT when the replacement is a constant that cannot be output
 */
export function eventReplacer<E extends Event, V = Variables>(
  name: string,
  type: E['type'],
  replacement: Replacement<E, V>,
): FilterRecipe<V> {
  const checked = checkReplacement(name, replacement)
  const reads = type === 'MessageStart' ? 'heads' : 'bodies'
  return { name, reads, bind: () => (pipeline) => new EventReplacer(pipeline, name, type, checked) }
}

class EventReplacer<E extends Event, V> extends ReplacingFilter<E, V> {
  readonly #type: E['type']

  constructor(pipeline: Pipeline<V>, name: string, type: E['type'], replacement: CheckedReplacement<E, V>) {
    super(pipeline, name, replacement)
    this.#type = type
  }

  protected override handle(event: Event): void {
    if (event.type === this.#type) this.replace(event as E)
    else this.next.process(event)
  }
}
