import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { MessageStart } from '../events.ts'
import { eventHandler } from './event-handler.ts'

/**
 * Calls back at the start of each message, when its head is known.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleMessageStart<V = Variables>(callback: EventCallback<MessageStart, V>): FilterRecipe<V> {
  return eventHandler('handleMessageStart', 'MessageStart', callback)
}
