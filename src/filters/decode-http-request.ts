import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { HttpDecoderFilter } from './http-decoder-filter.ts'

/**
 * Turns the bytes of an HTTP/1.1 connection into requests. Bytes that are no HTTP end the stream with the error that
 * says why; demuxHTTP is the filter that also answers them.
 */
export function decodeHTTPRequest<V = Variables>(): FilterRecipe<V> {
  return {
    name: 'decodeHTTPRequest',
    bind:
      ({ transport }) =>
      (pipeline) =>
        new HttpDecoderFilter(pipeline, { isRequest: true, decodeLatin1: transport.decodeLatin1 }, undefined),
  }
}
