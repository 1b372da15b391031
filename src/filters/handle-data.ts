import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Data } from '../events.ts'
import { eventHandler } from './event-handler.ts'

/**
 * Calls back at each piece of data; a flush (size 0) only passes.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleData<V = Variables>(callback: EventCallback<Data, V>): FilterRecipe<V> {
  return eventHandler('handleData', 'Data', callback)
}
