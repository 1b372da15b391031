import type { Key, Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { type Event, StreamEnd } from '../events.ts'
import type { CollectedMessage } from './collected-message.ts'
import type { ReplyReceiver, MuxedPipeline } from './muxed-pipeline.ts'
import { type MuxOptions, readMuxOptions } from './mux-options.ts'
import { MuxPosition } from './mux-position.ts'
import { MuxSender } from './mux-sender.ts'

export type { MuxOptions } from './mux-options.ts'

/**
 * Sends whole messages through a pipeline that all sessions of this filter position share, by key, and outputs the
 * replies: first in, first out. The pipeline is opened by the first message of its key, with that session's context.
 *
 * A body beyond 16 MiB fails with BODY_TOO_LARGE, a message too many with BUFFER_OVERFLOW (in Pipy all that wait fail
 * then). When the pipeline ends, all that wait for a reply get its error, or CONNECTION_CLOSED. The end of the input is
 * passed on after the last reply.
 * @param reference the pipeline that takes messages in and gives as many replies out
 * @param key any value, or a function of the context that gives it, asked at a session's first message. @default ''
 * @throws INVALID_ARGUMENT when an option is out of range
 */
export function mux<V = Variables>(
  reference: PipelineReference<V>,
  key?: Provider<Key, V>,
  options: MuxOptions = {},
): FilterRecipe<V> {
  const name = 'mux'
  const settings = readMuxOptions(name, options)
  return {
    name,
    pipelines: [reference],
    bind: (scope) => {
      const position = new MuxPosition(scope, scope.layout(reference), settings)
      return (pipeline) => new MuxFilter(pipeline, name, position, key)
    },
  }
}

class MuxFilter<V> extends MuxSender<V> implements ReplyReceiver {
  /** The pipeline that was last sent to. */
  #shared: MuxedPipeline<V> | undefined
  /** Messages without a complete reply. */
  #waitingCount = 0
  #end: StreamEnd | undefined
  #isOver = false
  #outputPauses = 0

  get isPaused(): boolean {
    return this.#outputPauses > 0
  }

  override pause(): void {
    if (this.#outputPauses++ === 0) this.#shared?.updatePause(this)
  }

  override resume(): void {
    if (--this.#outputPauses === 0) this.#shared?.updatePause(this)
  }

  override close(): void {
    super.close()
    this.#isOver = true
    this.#shared?.leave(this)
    this.#shared = undefined
  }

  deliver(event: Event): void {
    if (this.#isOver) return
    if (event.type === 'MessageEnd') this.#waitingCount--
    this.next.process(event)
    if (this.#waitingCount === 0 && this.#end !== undefined) this.#endOutput(this.#end)
  }

  failReply(error: unknown): void {
    this.#endOutput(new StreamEnd(error))
  }

  protected override handle(event: Event): void {
    if (this.#isOver || this.#end !== undefined) return
    if (event.type === 'StreamEnd') {
      this.#endInput(event)
      return
    }
    const message = this.collector.collect(event)
    if (message !== undefined) this.send(message)
    else if (this.collector.isTruncated) this.fail(this.collector.overflow)
  }

  protected override sendTo(shared: MuxedPipeline<V>, message: CollectedMessage): void {
    this.#shared = shared
    this.#waitingCount++
    const overflow = shared.send(message, this)
    if (overflow !== undefined) this.fail(overflow)
  }

  protected override fail(error: unknown): void {
    this.#isOver = true
    this.#shared?.leave(this)
    super.fail(error)
  }

  #endInput(event: StreamEnd): void {
    this.#end = event
    this.collector.clear()
    if (event.error !== undefined || this.#waitingCount === 0) this.#endOutput(event)
  }

  #endOutput(event: StreamEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#shared?.leave(this)
    this.next.process(event)
  }
}
