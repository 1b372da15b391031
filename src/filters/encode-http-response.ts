import type { Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { HttpEncoderFilter } from './http-encoder-filter.ts'

export interface BodilessOptions<V = Variables> {
  /** Whether the next answer is one to HEAD: its head tells of a body that does not follow. @default false */
  readonly bodiless?: Provider<boolean, V>
}

/** Turns answers into the bytes of an HTTP/1.1 connection. */
export function encodeHTTPResponse<V = Variables>({ bodiless }: BodilessOptions<V> = {}): FilterRecipe<V> {
  return {
    name: 'encodeHTTPResponse',
    bind: () => (pipeline) => new HttpEncoderFilter(pipeline, false, bodiless),
  }
}
