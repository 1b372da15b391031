import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Event } from '../events.ts'
import { HandlerFilter } from './handler-filter.ts'
import { requireFunction } from './require-function.ts'

/**
 * Calls back once in a session, at its first event of any kind. A client connection's first event is a flush that comes
 * when it is accepted, so its session starts before the client sends anything.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleSessionStart<V = Variables>(callback: EventCallback<Event, V>): FilterRecipe<V> {
  const name = 'handleSessionStart'
  requireFunction(name, 'the callback', callback)
  return { name, bind: () => (pipeline) => new SessionStartHandler(pipeline, name, callback) }
}

class SessionStartHandler<V> extends HandlerFilter<Event, V> {
  #isStarted = false

  protected override handle(event: Event): void {
    if (this.#isStarted) {
      this.next.process(event)
      return
    }
    this.#isStarted = true
    this.handleThenPass(event, event)
  }
}
