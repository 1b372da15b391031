import type { Key, Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { ProxyError } from '../errors.ts'
import type { Event } from '../events.ts'
import type { CollectedMessage } from './collected-message.ts'
import type { MuxedPipeline } from './muxed-pipeline.ts'
import { type MuxOptions, readMuxOptions } from './mux-options.ts'
import { MuxPosition } from './mux-position.ts'
import { MuxSender } from './mux-sender.ts'

/**
 * Sends a copy of each whole message into a pipeline that all sessions of this filter position share, by key, and passes
 * the events on. What the pipeline outputs is dropped. It outlives the sessions: for logs, counters, mirrored requests.
 *
 * The main line is not hurt: a message whose body is beyond 16 MiB, or that comes while too many wait, is left out, with
 * an error in the log.
 * @param reference the pipeline that takes the messages
 * @param key any value, or a function of the context that gives it, asked at a session's first message. @default ''
 * @throws INVALID_ARGUMENT when an option is out of range; UNSUPPORTED when built for a runtime in which sessions cannot share
 */
export function merge<V = Variables>(
  reference: PipelineReference<V>,
  key?: Provider<Key, V>,
  options: MuxOptions = {},
): FilterRecipe<V> {
  const name = 'merge'
  const settings = readMuxOptions(name, options)
  return {
    name,
    pipelines: [reference],
    requires: [{ capability: 'sharedSockets', instead: 'use fork, whose pipeline belongs to one request' }],
    bind: (scope) => {
      const position = new MuxPosition(scope, scope.layout(reference), settings)
      return (pipeline) => new MergeFilter(pipeline, name, position, key)
    },
  }
}

class MergeFilter<V> extends MuxSender<V> {
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

  protected override sendTo(shared: MuxedPipeline<V>, message: CollectedMessage): void {
    const overflow = shared.send(message)
    if (overflow !== undefined) this.#leaveOut(overflow)
    this.next.process(message.end)
  }

  #leaveOut(error: ProxyError): void {
    const { layout } = this.pipeline
    layout.log.error(`Leaving a message out of ${this.name} in ${layout.title}: ${error.message}`, error)
  }
}
