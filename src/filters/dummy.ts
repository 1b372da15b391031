import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { Filter } from '../engine/filter.ts'
import type { Event } from '../events.ts'
import { noResponse } from './no-response.ts'

/**
 * Drops everything but the end of the stream. A request that is dropped is answered with 500, since its client would
 * wait for ever.
 */
export function dummy<V = Variables>(): FilterRecipe<V> {
  return { name: 'dummy', bind: () => (pipeline) => new DummyFilter(pipeline) }
}

class DummyFilter<V> extends Filter<V> {
  override process(event: Event): void {
    if (event.type === 'StreamEnd') this.next.process(event)
    else if (event.type === 'MessageEnd' && this.pipeline.isExchange) {
      this.next.process(noResponse(this.pipeline, 'answer the request at dummy', 'it drops all messages'))
    }
  }
}
