import type { Variables } from '../engine/context.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, type Message, MessageEnd, MessageStart, StreamEnd } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'
import { countForward } from '../http/max-forwards.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { requestMethod } from './request-method.ts'
import { takeExpectation } from './take-expectation.ts'

/** What brings a request to an upstream, and tells the filter of its answer. */
export interface RequestCarrier {
  /** Another event of the request, behind its head. */
  send(event: Event): void
  /** The client sends no more. */
  endInput(event: StreamEnd): void
  /** Whoever takes the answer is full, and is not any more. */
  pauseOutput(): void
  resumeOutput(): void
  /** The client is gone, or has broken off. @returns whether an answer is broken off by that */
  abandon(): boolean
}

/**
 * Sends one request after the other, each once its predecessor is answered, and holds back what comes until there is a
 * connection for it.
 *
 * What an implementer promises: `startRequest` leads to `carrier` being set, at once or later, and in the end to one call
 * of `endAnswer` or `fail`, if the filter is not closed before.
 */
export abstract class SerialRequestFilter<C extends RequestCarrier, V = Variables> extends Filter<V> {
  /** The head of the request that is not answered yet. */
  request: MessageStart | undefined
  /** Who has that request; nobody while it waits, nor when it was answered before it was over. */
  protected carrier: C | undefined
  /** What waits for a connection, or for the answer to the request before it. */
  protected held: HeldEvents | undefined
  protected isOver = false
  readonly #name: string
  readonly #answerTo: (error: ProxyError) => Message
  #holdsSource = false
  /** The client's side is over, and an answer is still to come. */
  #isInputOver = false
  #outputPauses = 0

  /**
   * @param name the filter's name, for messages
   * @param answerTo gives what the client is told of an error
   */
  constructor(pipeline: Pipeline<V>, name: string, answerTo: (error: ProxyError) => Message = createErrorMessage) {
    super(pipeline)
    this.#name = name
    this.#answerTo = answerTo
  }

  override process(event: Event): void {
    if (this.isOver) return
    if (this.held !== undefined) return this.#hold(event, this.held)
    switch (event.type) {
      case 'MessageStart':
        if (this.request !== undefined) return this.#hold(event, this.wait())
        this.request = event
        if (!countForward(event)) return this.#answerHere(event)
        takeExpectation(event)
        return this.startRequest(event)
      case 'StreamEnd':
        return this.#endInput(event)
      default:
        this.carrier?.send(event)
    }
  }

  override pause(): void {
    if (this.#outputPauses++ === 0) this.carrier?.pauseOutput()
  }

  override resume(): void {
    if (--this.#outputPauses === 0) this.carrier?.resumeOutput()
  }

  override close(): void {
    this.isOver = true
    this.held = undefined
    this.leave()
    this.#releaseSource()
  }

  override reopen(): boolean {
    // Closed in the middle of something, it may still be called for what it was about.
    const isAtRest = this.request === undefined && !this.#isInputOver && this.#outputPauses === 0
    if (isAtRest) this.isOver = false
    return isAtRest
  }

  /** Whether whoever takes the answer is full. */
  get isOutputPaused(): boolean {
    return this.#outputPauses > 0
  }

  /** Holds back what comes until there is a connection. @returns where */
  wait(): HeldEvents {
    this.held ??= new HeldEvents()
    if (!this.#holdsSource) {
      this.#holdsSource = true
      this.prev.pause()
    }
    return this.held
  }

  /** There is one, or the request before is answered. */
  proceed(): void {
    const { held } = this
    if (held === undefined) return
    this.held = undefined
    this.release(held)
  }

  /** An event of the answer. */
  deliver(event: Event): void {
    this.next.process(event)
  }

  /** The answer is complete. */
  endAnswer(event: MessageEnd): void {
    this.carrier = undefined
    this.request = undefined
    this.next.process(event)
    if (this.isOver) return
    if (!this.#isInputOver) return this.proceed()
    this.isOver = true
    this.next.process(new StreamEnd())
  }

  /** There will be no answer, or no more of it. */
  fail(error: ProxyError, hasBegun: boolean): void {
    this.carrier = undefined
    this.isOver = true
    this.held = undefined
    this.#releaseSource()
    const { log } = this.pipeline.layout
    if (hasBegun) log.warn(`Breaking off an answer: ${error.message}`, error)
    else {
      const { head, body } = this.#answerTo(error)
      log.warn(`Answering ${error.status}: ${error.message}`, error)
      this.next.process(new MessageStart(head))
      this.next.process(body ?? new Data())
      this.next.process(new MessageEnd())
    }
    this.next.process(new StreamEnd(hasBegun ? error : undefined))
  }

  /** The user's code has thrown. */
  failCallback(error: unknown): void {
    if (this.isOver) return
    this.close()
    this.pipeline.fail(error, this.#name)
  }

  /** Sends a request. */
  protected abstract startRequest(event: MessageStart): void

  /** Waits no more, and gives the carrier up. @returns whether an answer is broken off by that */
  protected abstract leave(): boolean

  /** Takes what was held back. */
  protected release(held: HeldEvents): void {
    for (let event = held.shift(); event !== undefined; event = held.shift()) this.process(event)
    if (this.held === undefined) this.#releaseSource()
  }

  /** A request that may not be forwarded any further is answered as its server would (RFC 9110 7.6.2). */
  #answerHere(event: MessageStart): void {
    const method = requestMethod(event)
    if (method === 'OPTIONS') {
      this.next.process(new MessageStart({ status: 200, headers: { 'content-length': '0' } }))
      return this.endAnswer(new MessageEnd())
    }
    this.fail(new ProxyError('METHOD_NOT_SUPPORTED', `Cannot answer ${method}: it may not be forwarded further`), false)
  }

  #hold(event: Event, held: HeldEvents): void {
    if (event.type === 'StreamEnd' && event.error !== undefined) return this.#endInput(event)
    const overflow = held.push(event)
    if (overflow !== undefined) this.fail(overflow, this.leave())
  }

  #releaseSource(): void {
    if (!this.#holdsSource) return
    this.#holdsSource = false
    this.prev.resume()
  }

  /** The client's side is over: an answer that is under way still comes, unless the client broke off. */
  #endInput(event: StreamEnd): void {
    if (event.error === undefined && this.request !== undefined) {
      this.#isInputOver = true
      this.carrier?.endInput(event)
      return
    }
    this.close()
    this.next.process(event)
  }
}
