import type { Context, Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, MessageStart, type Receiver, type Source, StreamEnd } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'

/**
 * A pipeline that gets copies of somebody else's events. When it is full the copies wait here, up to a limit, and not
 * their source; whatever fails in it ends it, and nobody else.
 */
export class ForkedPipeline<V = Variables> implements Receiver, Source {
  readonly #pipeline: Pipeline<V>
  #held: HeldEvents | undefined
  #pauses = 0
  #isSending = false
  #isOver = false

  constructor(layout: PipelineLayout<V>, context: Context<V>) {
    this.#pipeline = layout.open(context, this, this)
  }

  /** Sends a copy of an event into the pipeline. */
  feed(event: Event): void {
    if (this.#isOver) return
    if (this.#pauses > 0 || this.#held !== undefined) this.#hold(event)
    else this.#send(copyOf(event))
  }

  /** The pipeline's output: nobody wants it, but its end. */
  process(event: Event): void {
    if (event.type === 'StreamEnd') this.close()
  }

  pause(): void {
    this.#pauses++
  }

  resume(): void {
    this.#pauses--
    const held = this.#held
    if (held === undefined || this.#isSending) return
    while (this.#pauses === 0 && !this.#isOver && !held.isEmpty) this.#send(held.shift() as Event)
    if (held.isEmpty) this.#held = undefined
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#held = undefined
    this.#pipeline.close()
  }

  #hold(event: Event): void {
    this.#held ??= new HeldEvents()
    const overflow = this.#held.push(copyOf(event))
    if (overflow === undefined) return
    const { layout } = this.#pipeline
    layout.log.error(`Giving up a fork into ${layout.title}: ${overflow.message}`, overflow)
    this.#held = undefined
    this.#send(new StreamEnd(overflow))
    this.close()
  }

  #send(event: Event): void {
    this.#isSending = true
    try {
      this.#pipeline.process(event)
    } catch (error) {
      const { layout } = this.#pipeline
      const failure = ProxyError.from(error, 'CALLBACK_FAILED', `Cannot go on in ${layout.title}`)
      layout.log.error(failure.message, failure)
      this.close()
    }
    this.#isSending = false
  }
}

/** A copy that its consumer may take apart. Bytes are shared: on loan for the call, as the source is not to be paused. */
function copyOf(event: Event): Event {
  if (event instanceof Data) {
    const lifetime = event.lifetime === 'owned' ? 'owned' : 'call'
    return Data.view(event.buffer, event.start, event.end, lifetime)
  }
  // Another start, so that one side may be given another head without the other; the head itself is the same.
  return event instanceof MessageStart && event.isHeadRead ? new MessageStart(event.head, event.source) : event
}
