import type { Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { type Event, StreamEnd } from '../events.ts'
import { requireNumber } from './argument-checks.ts'
import type { CollectedMessage } from './message-collector.ts'
import type { ReplyReceiver, SharedPipeline } from './shared-pipeline.ts'
import { SharedPipelines } from './shared-pipelines.ts'
import { SharedSender } from './shared-sender.ts'

/** Of mux and merge. */
export interface MuxOptions {
  /** A shared pipeline that has nothing to do is ended after this time; 0 never. @default 10,000 */
  readonly maxIdleMs?: number
  /** Messages that wait in one shared pipeline; beyond it BUFFER_OVERFLOW. @default 100 */
  readonly maxQueue?: number
}

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
  key?: Provider<unknown, V>,
  options: MuxOptions = {},
): FilterRecipe<V> {
  const name = 'mux'
  checkMuxOptions(name, options)
  return {
    name,
    pipelines: [reference],
    bind: (scope) => {
      const position = new SharedPipelines(scope, scope.layout(reference), options)
      return (pipeline) => new MuxFilter(pipeline, name, position, key)
    },
  }
}

/** @throws INVALID_ARGUMENT when an option is out of range */
export function checkMuxOptions(filter: string, { maxIdleMs, maxQueue }: MuxOptions): void {
  requireNumber(filter, 'maxIdleMs', maxIdleMs, 0)
  requireNumber(filter, 'maxQueue', maxQueue, 1)
}

class MuxFilter<V> extends SharedSender<V> implements ReplyReceiver {
  /** The pipeline that was last sent to. */
  #shared: SharedPipeline<V> | undefined
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

  protected override sendTo(shared: SharedPipeline<V>, message: CollectedMessage): void {
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
