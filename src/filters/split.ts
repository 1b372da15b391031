import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { Data } from '../events.ts'
import { SeparatorFilter } from './separator-filter.ts'
import { SplitFilter } from './split-filter.ts'
import { invalidArgument } from './invalid-argument.ts'

const MAX_SEPARATOR_BYTES = 1024

/**
 * Where to cut: text or bytes that stand between two pieces, or a function that is called with each byte and gives
 * true or a positive number to cut behind it, a negative number to cut before it.
 */
export type Splitter<V = Variables> = string | Data | EventCallback<number, V>

/**
 * Cuts data into pieces. With a function each piece is one Data, and messages stay as they are. With a separator each
 * piece is a message, with the head of the message it was cut from, and the separators are gone; what follows the last
 * one is a message if it is not empty.
 * @throws INVALID_ARGUMENT when it is no function, or a separator that is empty or longer than 1 KiB
 */
export function split<V = Variables>(splitter: Splitter<V>): FilterRecipe<V> {
  const name = 'split'
  if (typeof splitter === 'function') {
    return { name, bind: () => (pipeline) => new SplitFilter(pipeline, name, splitter) }
  }
  if (typeof splitter !== 'string' && !(splitter instanceof Data)) {
    throw invalidArgument(name, 'it takes a separator or a function of a byte', splitter)
  }
  const separator = new Data(splitter).bytes
  if (separator.length === 0 || separator.length > MAX_SEPARATOR_BYTES) {
    throw invalidArgument(name, `the separator must have 1 to ${MAX_SEPARATOR_BYTES} bytes`, separator.length)
  }
  return {
    name,
    label: JSON.stringify(new Data(splitter).toString()),
    bind: () => (pipeline) => new SeparatorFilter(pipeline, separator),
  }
}
