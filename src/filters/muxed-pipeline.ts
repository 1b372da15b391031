import type { Context, Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import { type Event, type Receiver, type Source, StreamEnd } from '../events.ts'
import { LIMITS } from '../limits.ts'
import type { CollectedMessage } from './collected-message.ts'

/** Whoever waits for the reply to a message that it sent into a shared pipeline. */
export interface ReplyReceiver {
  /** Whether its output is full. */
  readonly isPaused: boolean
  /** An event of the reply; the last is its MessageEnd. */
  deliver(event: Event): void
  /** There will be no reply, or no more of it. */
  failReply(error: unknown): void
}

/**
 * A pipeline that the messages of many sessions go through. Messages go in whole and one after the other; replies are
 * given to those who wait for one, first in, first out.
 */
export class MuxedPipeline<V = Variables> implements Receiver, Source {
  /** When it last had anything to do, in ticks of the position. */
  lastUse = 0
  readonly #pipeline: Pipeline<V>
  readonly #maxQueue: number
  readonly #onEnd: () => void
  /** Who waits for a reply, oldest first; undefined is a receiver that has left. */
  readonly #receivers: (ReplyReceiver | undefined)[] = []
  /** Messages that wait for the pipeline to take them. */
  readonly #unsent: CollectedMessage[] = []
  #unsentBytes = 0
  #hasReplyBegun = false
  #inputPauses = 0
  /** A message that comes while another one goes in has to wait. */
  #isSending = false
  #isOutputPaused = false
  #isOver = false

  constructor(layout: PipelineLayout<V>, context: Context<V>, maxQueue: number, onEnd: () => void) {
    this.#pipeline = layout.open(context, this, this)
    this.#maxQueue = maxQueue
    this.#onEnd = onEnd
  }

  /** Whether a message or a reply is under way. */
  get isBusy(): boolean {
    return this.#unsent.length > 0 || this.#receivers.length > 0
  }

  /**
   * Sends a message.
   * @param receiver who gets the reply; nobody waits for one without it
   * @returns BUFFER_OVERFLOW when too many messages wait; this one is not sent then
   */
  send(message: CollectedMessage, receiver?: ReplyReceiver): ProxyError | undefined {
    if (this.#receivers.length >= this.#maxQueue || this.#unsent.length >= this.#maxQueue) {
      return overflow(`${this.#maxQueue} messages`)
    }
    if (this.#unsentBytes + message.body.size > LIMITS.maxHeldBytes) return overflow(`${LIMITS.maxHeldBytes} bytes`)
    if (receiver !== undefined) {
      this.#receivers.push(receiver)
      if (this.#receivers.length === 1) this.#turnTo(receiver)
    }
    this.#unsent.push(message)
    this.#unsentBytes += message.body.size
    this.#sendWaiting()
    return undefined
  }

  /** The receiver has left: the replies to its messages are dropped. */
  leave(receiver: ReplyReceiver): void {
    const receivers = this.#receivers
    for (let i = 0; i < receivers.length; i++) if (receivers[i] === receiver) receivers[i] = undefined
    this.#turnTo(receivers[0])
  }

  /** The receiver became full, or is so no more. */
  updatePause(receiver: ReplyReceiver): void {
    if (this.#receivers[0] === receiver) this.#turnTo(receiver)
  }

  /** The pipeline's output: the replies. */
  process(event: Event): void {
    if (this.#isOver) return
    if (event.type === 'StreamEnd') {
      this.#end(event.error ?? new ProxyError('CONNECTION_CLOSED', this.#describeEnd()))
      return
    }
    const receiver = this.#receivers[0]
    this.#hasReplyBegun ||= event.type === 'MessageStart'
    if (!this.#hasReplyBegun) return
    if (event.type === 'MessageEnd') {
      this.#hasReplyBegun = false
      this.#receivers.shift()
      this.#turnTo(this.#receivers[0])
    }
    receiver?.deliver(event)
  }

  pause(): void {
    this.#inputPauses++
  }

  resume(): void {
    this.#inputPauses--
    this.#sendWaiting()
  }

  /** Ends the pipeline in good order: nobody waits for it. */
  finish(): void {
    if (!this.#isOver) this.#pipeline.process(new StreamEnd())
    this.close(undefined)
  }

  /** Gives it up; whoever waits is told the error. */
  close(error: ProxyError | undefined): void {
    if (!this.#isOver) this.#end(error)
  }

  #sendWaiting(): void {
    if (this.#isSending) return
    this.#isSending = true
    while (this.#inputPauses === 0 && !this.#isOver) {
      const message = this.#unsent.shift()
      if (message === undefined) break
      this.#unsentBytes -= message.body.size
      this.#sendNow(message)
    }
    this.#isSending = false
  }

  #sendNow({ start, body, end }: CollectedMessage): void {
    try {
      this.#pipeline.process(start)
      if (body.size > 0 && !this.#isOver) this.#pipeline.process(body)
      if (!this.#isOver) this.#pipeline.process(end)
    } catch (error) {
      // A defect in here is not the fault of the session that happened to send.
      this.#pipeline.fail(error, 'a filter')
    }
  }

  /** The output stops while the one whose turn it is to take it is full. */
  #turnTo(receiver: ReplyReceiver | undefined): void {
    const isPaused = receiver?.isPaused === true
    if (isPaused === this.#isOutputPaused) return
    this.#isOutputPaused = isPaused
    if (isPaused) this.#pipeline.pause()
    else this.#pipeline.resume()
  }

  #end(error: unknown): void {
    this.#isOver = true
    this.#onEnd()
    this.#pipeline.close()
    this.#unsent.length = 0
    for (const receiver of this.#receivers.splice(0)) receiver?.failReply(error)
  }

  #describeEnd(): string {
    const place = this.#hasReplyBegun ? 'inside a reply' : 'before its reply'
    return `Cannot go on: the stream of ${this.#pipeline.layout.title} ended ${place}`
  }
}

function overflow(limit: string): ProxyError {
  return new ProxyError('BUFFER_OVERFLOW', `Cannot send a message to the shared pipeline: ${limit} wait for it already`)
}
