import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event } from '../events.ts'
import { HandlerFilter } from './handler-filter.ts'
import { requireFunction } from './require-function.ts'

/**
 * A filter that calls back at each event of one type.
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function eventHandler<E extends Event, V = Variables>(
  name: string,
  type: E['type'],
  callback: EventCallback<E, V>,
): FilterRecipe<V> {
  requireFunction(name, 'the callback', callback)
  const reads = type === 'MessageStart' ? 'heads' : 'bodies'
  return { name, reads, bind: () => (pipeline) => new EventHandler(pipeline, name, type, callback) }
}

class EventHandler<E extends Event, V> extends HandlerFilter<E, V> {
  readonly #type: E['type']

  constructor(pipeline: Pipeline<V>, name: string, type: E['type'], callback: EventCallback<E, V>) {
    super(pipeline, name, callback)
    this.#type = type
  }

  override reopen(): boolean {
    return this.reopenCallbacks()
  }

  protected override handle(event: Event): void {
    // A flush is no content.
    if (event.type !== this.#type || (event.type === 'Data' && event.size === 0)) this.next.process(event)
    else this.handleThenPass(event as E, event)
  }
}
