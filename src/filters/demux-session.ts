import type { Context, Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import type { Event, Receiver, Source, StreamEnd } from '../events.ts'
import { LIMITS } from '../limits.ts'
import { HeldEvents } from '../streams/held-events.ts'
import type { DemuxFilter } from './demux-filter.ts'

/** One message of demux and its reply, which waits here while an earlier one is not complete. */
export class DemuxSession<V = Variables> implements Receiver, Source {
  readonly #filter: DemuxFilter<V>
  readonly #pipeline: Pipeline<V>
  #early: HeldEvents | undefined
  #isEarlyFull = false
  #hasReplyBegun = false
  #isClosed = false
  /** Of the filter's source. */
  #pauses = 0

  constructor(filter: DemuxFilter<V>, layout: PipelineLayout<V>, context: Context<V>) {
    this.#filter = filter
    this.#pipeline = layout.open(context, this, this)
  }

  input(event: Event): void {
    if (!this.#isClosed) this.#pipeline.process(event)
  }

  /** The pipeline's output. */
  process(event: Event): void {
    if (this.#isClosed) return
    if (this.#early === undefined && this.#filter.isFirst(this)) this.#reply(event)
    else this.#hold(event)
  }

  /** All messages before this one have their replies. */
  becomeFirst(): void {
    const early = this.#early
    // What comes meanwhile queues up behind.
    while (early !== undefined && !this.#isClosed && !early.isEmpty) this.#reply(early.shift() as Event)
    this.#early = undefined
    if (this.#isEarlyFull) this.#pipeline.resume()
  }

  pauseOutput(): void {
    this.#pipeline.pause()
  }

  resumeOutput(): void {
    this.#pipeline.resume()
  }

  pause(): void {
    this.#pauses++
    this.#filter.prev.pause()
  }

  resume(): void {
    // Once closed, all pauses are given back.
    if (this.#pauses === 0) return
    this.#pauses--
    this.#filter.prev.resume()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#early = undefined
    this.#pipeline.close()
    while (this.#pauses > 0) this.resume()
  }

  #reply(event: Event): void {
    if (event.type === 'StreamEnd') {
      this.#endReply(event)
      return
    }
    this.#hasReplyBegun ||= event.type === 'MessageStart'
    // What is outside of a message is no reply.
    if (!this.#hasReplyBegun) return
    this.#filter.send(event)
    if (event.type === 'MessageEnd') this.#filter.finish(this)
  }

  #endReply({ error }: StreamEnd): void {
    if (error !== undefined) this.#filter.fail(error)
    else if (this.#hasReplyBegun) this.#filter.fail(truncatedReply())
    else this.#filter.finish(this)
  }

  #hold(event: Event): void {
    this.#early ??= new HeldEvents()
    const overflow = this.#early.push(event)
    if (overflow !== undefined) this.#filter.fail(overflow)
    else if (!this.#isEarlyFull && this.#early.bytes > LIMITS.maxOutOfOrderBytes) {
      this.#isEarlyFull = true
      this.#pipeline.pause()
    }
  }
}

function truncatedReply(): ProxyError {
  return new ProxyError('TRUNCATED_MESSAGE', 'Cannot go on: a reply ended inside its body', { source: 'upstream' })
}
