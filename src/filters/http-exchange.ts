import type { Context, Variables } from '../engine/context.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { ProxyError } from '../errors.ts'
import { type Event, MessageStart, type Receiver, type Source, StreamEnd } from '../events.ts'
import type { MessageHead, RequestOrigin } from '../http/message-head.ts'
import { UnreadHead } from '../http/unread-head.ts'
import { LIMITS } from '../limits.ts'
import { HeldEvents } from '../streams/held-events.ts'
import type { DemuxHttpFilter } from './demux-http-filter.ts'

/** Of small pieces it takes many to make the bytes; long before there are too many to be held the source is paused. */
const MAX_EARLY_EVENTS = LIMITS.maxHeldEvents / 4
const EXCHANGE = { isExchange: true, carriesHttp: false, carriesMessages: false } as const

/**
 * One request of a client connection and its answer: the output of the request's pipeline, and the source of its
 * input. Answers that are early wait here until it is their turn.
 */
export class HttpExchange<V = Variables> implements Receiver, Source, RequestOrigin {
  head: MessageHead
  method: string
  /** Whether the answer has begun. */
  isAnswering = false
  /** Whether the request has come in whole. */
  isRequestOver = false
  /** Whether client and upstream have switched to another protocol: what passes here from now on are bytes. */
  isTunnel = false
  /** Whether it counts among what the client is owed. */
  isCounted = false
  /** How much of the request's body has come. */
  bodyBytes = 0
  readonly #filter: DemuxHttpFilter<V>
  readonly #pipeline: Pipeline<V>
  #early: HeldEvents | undefined
  #isEarlyFull = false
  #isClosed = false
  #isContinued = false
  #isExpectationTaken = false
  #pauses = 0
  #holdsSource = false

  constructor(filter: DemuxHttpFilter<V>, layout: PipelineLayout<V>, parent: Pipeline<V>, head: MessageHead) {
    this.#filter = filter
    this.head = head
    this.method = head.method
    head.origin = this
    this.#pipeline = layout.open(parent.copyContext(), this, this, EXCHANGE)
  }

  /** The exchange that answers what could not be read as a request. */
  static refused<V>(
    filter: DemuxHttpFilter<V>,
    layout: PipelineLayout<V>,
    parent: Pipeline<V>,
    error: ProxyError,
  ): HttpExchange<V> {
    const exchange = new HttpExchange(filter, layout, parent, new UnreadHead())
    exchange.#hold(new StreamEnd(error))
    return exchange
  }

  /**
   * Takes the next request of the client in place of one that is over, if nothing is left of that.
   * @param context for the pipeline
   */
  reopen(head: MessageHead, context: Context<V>): boolean {
    const isAtRest = this.isRequestOver && !this.isTunnel && !this.#isEarlyFull && this.#pauses === 0
    if (!isAtRest || !this.#pipeline.reopen(context)) return false
    this.head = head
    this.method = head.method
    head.origin = this
    this.isAnswering = false
    this.isRequestOver = false
    this.bodyBytes = 0
    this.#isClosed = false
    this.#isContinued = false
    this.#isExpectationTaken = false
    return true
  }

  /** A client that waits for leave to send its body, and was not given it, may send it or not: nobody can tell. */
  get isBodyInDoubt(): boolean {
    return this.head.expectsContinue && !this.#isContinued && !this.isRequestOver
  }

  /** Whether the client cannot be blamed for sending no more of the body. */
  get holdsBody(): boolean {
    return this.#holdsSource || this.isBodyInDoubt
  }

  start(event: MessageStart): void {
    this.#pipeline.process(event)
    this.#continue()
  }

  input(event: Event): void {
    if (!this.#isClosed) this.#pipeline.process(event)
  }

  endRequest(event: Event): void {
    this.isRequestOver = true
    if (this.#holdsSource) {
      this.#holdsSource = false
      this.#filter.prev.resume()
    }
    this.input(event)
  }

  /** The protocols have been switched. */
  tunnel(): void {
    this.isTunnel = true
    if (this.#pauses > 0) this.#holdSource()
  }

  /** The rest of the request cannot be read. */
  refuse(error: ProxyError): void {
    this.input(new StreamEnd(error))
    if (!this.#isClosed) this.process(new StreamEnd(error))
  }

  /** The client is gone. */
  abort(event: StreamEnd): void {
    this.input(event)
    this.close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#early = undefined
    if (this.#holdsSource) {
      this.#holdsSource = false
      this.#filter.prev.resume()
    }
    this.#pipeline.close()
  }

  /** The pipeline's output. */
  process(event: Event): void {
    if (this.#isClosed) return
    if (this.#early === undefined && this.#filter.isFirst(this)) this.#filter.send(this, event)
    else this.#hold(event)
  }

  /** All requests before this one are answered. */
  becomeFirst(): void {
    const early = this.#early
    if (early !== undefined) {
      for (let event = early.shift(); event !== undefined && !this.#isClosed; event = early.shift()) {
        this.#filter.send(this, event)
      }
      this.#early = undefined
    }
    if (this.#isEarlyFull) {
      this.#isEarlyFull = false
      this.#pipeline.resume()
    }
    if (!this.#isClosed) this.#continue()
  }

  pauseOutput(): void {
    this.#pipeline.pause()
  }

  resumeOutput(): void {
    this.#pipeline.resume()
  }

  /** The pipeline takes no more of the request; the connection is held only while the request is coming in. */
  pause(): void {
    if (this.#pauses++ > 0 || (this.isRequestOver && !this.isTunnel) || this.#isClosed) return
    this.#holdSource()
  }

  resume(): void {
    if (--this.#pauses > 0 || !this.#holdsSource) return
    this.#holdsSource = false
    this.#filter.prev.resume()
  }

  /** @returns INVALID_OUTPUT when it cannot be sent */
  sendInterim(event: MessageStart): ProxyError | undefined {
    if (this.head.minorVersion === 0 || this.#isClosed) return undefined
    const isContinue = event.head.status === 100
    if (isContinue && (this.#isContinued || !this.head.expectsContinue)) return undefined
    const isSent = this.#filter.isAwaiting(this)
    const error = isSent ? this.#filter.sendInterim(event) : undefined
    if (!isContinue || error !== undefined) return error
    this.#isContinued = isSent
    // Leave to send the body that came too early is given when it is this request's turn.
    if (!isSent) this.#isExpectationTaken = false
    return undefined
  }

  /** Sends 100 Continue although nobody waits for it. @returns whether it could be sent */
  sendContinue(): boolean {
    if (this.head.minorVersion === 0 || this.#isClosed || !this.#filter.isAwaiting(this)) return false
    return this.#filter.sendInterim(new MessageStart({ status: 100 })) === undefined
  }

  takeExpectation(): void {
    this.#isExpectationTaken = true
  }

  #holdSource(): void {
    this.#holdsSource = true
    this.#filter.prev.pause()
  }

  /** Lets the client send its body, if it waits for that and nobody further on will see to it (RFC 9110 10.1.1). */
  #continue(): void {
    if (!this.isBodyInDoubt || this.#isExpectationTaken || this.#isClosed || this.head.minorVersion === 0) return
    if (this.sendContinue()) this.#isContinued = true
  }

  #hold(event: Event): void {
    this.#early ??= new HeldEvents()
    const overflow = this.#early.push(event)
    if (overflow !== undefined) {
      this.#early = new HeldEvents()
      this.#early.push(new StreamEnd(overflow))
      this.#pipeline.close()
    } else if (
      !this.#isEarlyFull &&
      (this.#early.bytes > LIMITS.maxOutOfOrderBytes || this.#early.count > MAX_EARLY_EVENTS)
    ) {
      this.#isEarlyFull = true
      this.#pipeline.pause()
    }
  }
}
