import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { DemuxFilter } from './demux-filter.ts'

/**
 * Runs each message through a pipeline of its own, with a copy of the context, and outputs the replies in the order of
 * the messages. A reply ends with its MessageEnd, or with a StreamEnd before it has begun: then there is none.
 *
 * The end of the input is passed on after the last reply (Pipy swallows it). A reply that fails ends the stream with its
 * error, since nobody could tell the next reply from it. At 32 messages without a reply the source is paused.
 * @param reference the pipeline that takes a message in and gives its reply out
 */
export function demux<V = Variables>(reference: PipelineReference<V>): FilterRecipe<V> {
  return {
    name: 'demux',
    pipelines: [reference],
    bind: (scope) => {
      const layout = scope.layout(reference)
      return (pipeline) => new DemuxFilter(pipeline, layout)
    },
  }
}
