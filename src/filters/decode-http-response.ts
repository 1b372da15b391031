import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import type { BodilessOptions } from './encode-http-response.ts'
import { HttpDecoderFilter } from './http-decoder-filter.ts'

/**
 * Turns the bytes of an HTTP/1.1 connection into answers. A stream that ends with an error before an answer has begun
 * gives an answer that tells of it (502, 503 or 504), as in Pipy, and then the end.
 */
export function decodeHTTPResponse<V = Variables>({ bodiless }: BodilessOptions<V> = {}): FilterRecipe<V> {
  return {
    name: 'decodeHTTPResponse',
    bind:
      ({ transport }) =>
      (pipeline) =>
        new HttpDecoderFilter(pipeline, { isRequest: false, decodeLatin1: transport.decodeLatin1 }, bodiless),
  }
}
