import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { MessageEnd } from '../events.ts'
import { eventHandler } from './event-handler.ts'

/**
 * Calls back at the end of each message.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleMessageEnd<V = Variables>(callback: EventCallback<MessageEnd, V>): FilterRecipe<V> {
  return eventHandler('handleMessageEnd', 'MessageEnd', callback)
}
