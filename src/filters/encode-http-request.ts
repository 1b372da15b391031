import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { HttpEncoderFilter } from './http-encoder-filter.ts'

/** Turns requests into the bytes of an HTTP/1.1 connection. */
export function encodeHTTPRequest<V = Variables>(): FilterRecipe<V> {
  return {
    name: 'encodeHTTPRequest',
    bind: () => (pipeline) => new HttpEncoderFilter(pipeline, true, undefined),
  }
}
