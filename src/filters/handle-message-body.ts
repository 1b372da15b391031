import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { Data } from '../events.ts'
import { type CollectOptions, readCollectOptions } from './collect-options.ts'
import type { CollectedMessage } from './collected-message.ts'
import { MessageHandler } from './message-handler.ts'
import { requireFunction } from './require-function.ts'

/**
 * Calls back with the whole body of each message; it may be empty. Its events are not held up: they pass as they come,
 * and only its MessageEnd follows the callback. A body beyond the limit is cut off in the callback's copy, with an error
 * in the log.
 * @param callback a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function, or the limit no number
 */
export function handleMessageBody<V = Variables>(
  callback: EventCallback<Data, V>,
  options: CollectOptions = {},
): FilterRecipe<V> {
  const name = 'handleMessageBody'
  requireFunction(name, 'the callback', callback)
  const maxBodyBytes = readCollectOptions(name, options)
  return { name, bind: () => (pipeline) => new BodyHandler(pipeline, name, callback, maxBodyBytes) }
}

class BodyHandler<V> extends MessageHandler<Data, V> {
  protected override argumentOf(message: CollectedMessage): Data {
    return message.body
  }
}
