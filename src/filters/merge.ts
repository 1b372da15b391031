import type { Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { ProxyError } from '../errors.ts'
import type { Event } from '../events.ts'
import type { CollectedMessage } from './message-collector.ts'
import { checkMuxOptions, type MuxOptions } from './mux.ts'
import type { SharedPipeline } from './shared-pipeline.ts'
import { SharedPipelines } from './shared-pipelines.ts'
import { SharedSender } from './shared-sender.ts'

/**
 * Sends a copy of each whole message into a pipeline that all sessions of this filter position share, by key, and passes
 * the events on. What the pipeline outputs is dropped. It outlives the sessions: for logs, counters, mirrored requests.
 *
 * The main line is not hurt: a message whose body is beyond 16 MiB, or that comes while too many wait, is left out, with
 * an error in the log.
 * @param reference the pipeline that takes the messages
 * @param key any value, or a function of the context that gives it, asked at a session's first message. @default ''
 * @throws INVALID_ARGUMENT when an option is out of range
 */
export function merge<V = Variables>(
  reference: PipelineReference<V>,
  key?: Provider<unknown, V>,
  options: MuxOptions = {},
): FilterRecipe<V> {
  const name = 'merge'
  checkMuxOptions(name, options)
  return {
    name,
    pipelines: [reference],
    bind: (scope) => {
      const position = new SharedPipelines(scope, scope.layout(reference), options)
      return (pipeline) => new MergeFilter(pipeline, name, position, key)
    },
  }
}

class MergeFilter<V> extends SharedSender<V> {
  #isTooLarge = false

  protected override handle(event: Event): void {
    if (event.type === 'MessageStart') this.#isTooLarge = false
    const message = this.collector.collect(event)
    if (this.collector.isTruncated && !this.#isTooLarge) {
      this.#isTooLarge = true
      this.#leaveOut(this.collector.overflow)
    }
    if (message === undefined || this.#isTooLarge) this.next.process(event)
    else this.send(message)
  }

  protected override sendTo(shared: SharedPipeline<V>, message: CollectedMessage): void {
    const overflow = shared.send(message)
    if (overflow !== undefined) this.#leaveOut(overflow)
    this.next.process(message.end)
  }

  #leaveOut(error: ProxyError): void {
    const { layout } = this.pipeline
    layout.log.error(`Leaving a message out of ${this.name} in ${layout.title}: ${error.message}`, error)
  }
}
