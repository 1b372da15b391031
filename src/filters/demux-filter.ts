import type { Variables } from '../engine/context.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { type Event, StreamEnd } from '../events.ts'
import { LIMITS } from '../limits.ts'
import { DemuxSession } from './demux-session.ts'

/** The messages of one stream. */
export class DemuxFilter<V = Variables> extends Filter<V> {
  readonly #layout: PipelineLayout<V>
  /** Messages without a complete reply, oldest first. */
  #sessions: DemuxSession<V>[] = []
  /** The message that is coming in. */
  #receiving: DemuxSession<V> | undefined
  #end: StreamEnd | undefined
  #isOver = false
  #isSourcePaused = false
  #outputPauses = 0

  constructor(pipeline: Pipeline<V>, layout: PipelineLayout<V>) {
    super(pipeline)
    this.#layout = layout
  }

  override process(event: Event): void {
    if (this.#isOver || this.#end !== undefined) return
    switch (event.type) {
      case 'MessageStart':
        return this.#begin(event)
      case 'StreamEnd':
        return this.#endInput(event)
      case 'MessageEnd': {
        const session = this.#receiving
        this.#receiving = undefined
        session?.input(event)
        return
      }
      case 'Data':
        this.#receiving?.input(event)
    }
  }

  override pause(): void {
    if (this.#outputPauses++ === 0) this.#sessions[0]?.pauseOutput()
  }

  override resume(): void {
    if (--this.#outputPauses === 0) this.#sessions[0]?.resumeOutput()
  }

  override close(): void {
    this.#isOver = true
    this.#receiving = undefined
    for (const session of this.#sessions.splice(0)) session.close()
    this.#releaseSource()
  }

  isFirst(session: DemuxSession<V>): boolean {
    return this.#sessions[0] === session
  }

  /** An event of the oldest message's reply. */
  send(event: Event): void {
    if (!this.#isOver) this.next.process(event)
  }

  /** The oldest message's reply is complete: the next one's turn. */
  finish(session: DemuxSession<V>): void {
    this.#sessions.shift()
    if (this.#receiving === session) this.#receiving = undefined
    session.close()
    if (this.#isOver) return
    if (this.#sessions.length < LIMITS.maxPipelinedRequests) this.#releaseSource()
    const [next] = this.#sessions
    if (next === undefined) {
      if (this.#end !== undefined) this.#endOutput(this.#end)
      return
    }
    if (this.#outputPauses > 0) next.pauseOutput()
    next.becomeFirst()
  }

  /** The oldest message's reply failed. */
  fail(error: unknown): void {
    this.#endOutput(new StreamEnd(error))
  }

  #begin(event: Event): void {
    const session = new DemuxSession(this, this.#layout, this.pipeline.copyContext())
    this.#receiving = session
    this.#sessions.push(session)
    if (this.#outputPauses > 0 && this.#sessions.length === 1) session.pauseOutput()
    if (this.#sessions.length >= LIMITS.maxPipelinedRequests && !this.#isSourcePaused) {
      this.#isSourcePaused = true
      this.prev.pause()
    }
    session.input(event)
  }

  #endInput(event: StreamEnd): void {
    this.#end = event
    if (event.error !== undefined) {
      for (const session of [...this.#sessions]) session.input(event)
      this.#endOutput(event)
      return
    }
    this.#receiving?.input(event)
    if (this.#sessions.length === 0) this.#endOutput(event)
  }

  #endOutput(event: StreamEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    this.next.process(event)
    this.close()
  }

  #releaseSource(): void {
    if (!this.#isSourcePaused) return
    this.#isSourcePaused = false
    this.prev.resume()
  }
}
