import type { Service } from '../algorithms/service/service.ts'
import type { Context, Variables } from '../engine/context.ts'
import { Filter } from '../engine/filter.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, MessageEnd, MessageStart, StreamEnd } from '../events.ts'
import { countForward } from '../http/max-forwards.ts'
import { HeldEvents } from '../streams/held-events.ts'
import type { ForwardPosition } from './forward-position.ts'
import { ForwardRequest, type RequestOwner } from './forward-request.ts'
import { createServiceAnswer } from './service-answer.ts'
import { requestMethod } from './request-method.ts'
import { takeExpectation } from './take-expectation.ts'

/** A service, or what gives one for a request. */
export type ServiceProvider<V = Variables> = Service | ((context: Context<V>) => Service | Promise<Service>)

/** One session of forward: sends one request after the other, each once its predecessor is answered. */
export class ForwardFilter<V = Variables> extends Filter<V> implements RequestOwner {
  readonly #service: ServiceProvider<V>
  readonly #position: ForwardPosition
  #request: ForwardRequest | undefined
  /** What waits for a connection, or for the answer to the request before it. */
  #held: HeldEvents | undefined
  #holdsSource = false
  /** A promise of a service has not settled. */
  #isServiceAwaited = false
  #isAnswered = true
  /** The client's side is over, and an answer is still to come. */
  #isInputOver = false
  #isOver = false
  #outputPauses = 0

  constructor(pipeline: Pipeline<V>, service: ServiceProvider<V>, position: ForwardPosition) {
    super(pipeline)
    this.#service = service
    this.#position = position
  }

  override process(event: Event): void {
    if (this.#isOver) return
    if (this.#held !== undefined) return this.#hold(event, this.#held)
    switch (event.type) {
      case 'MessageStart':
        return this.#startRequest(event)
      case 'StreamEnd':
        return this.#endInput(event)
      default:
        // Without a request it has been answered before it was over: the rest of it is for nobody.
        this.#request?.send(event)
    }
  }

  override pause(): void {
    if (this.#outputPauses++ === 0) this.#request?.pauseOutput()
  }

  override resume(): void {
    if (--this.#outputPauses === 0) this.#request?.resumeOutput()
  }

  override close(): void {
    this.#isOver = true
    this.#held = undefined
    this.#leave()
    this.#releaseSource()
  }

  override reopen(): boolean {
    const isAtRest = this.#isAnswered && !this.#isInputOver && !this.#isServiceAwaited && this.#outputPauses === 0
    if (isAtRest) this.#isOver = false
    return isAtRest
  }

  /** Whether whoever takes the answer is full. */
  get isOutputPaused(): boolean {
    return this.#outputPauses > 0
  }

  /** The variables of the session. */
  get context(): Context<V> {
    return this.pipeline.context
  }

  /** The client's connection, if the session belongs to one. */
  get inbound(): InboundConnection | undefined {
    const { __inbound: inbound } = this.pipeline.context
    return inbound instanceof InboundConnection ? inbound : undefined
  }

  /** Holds back what comes until there is a connection. */
  wait(): void {
    this.#held ??= new HeldEvents()
    if (this.#holdsSource) return
    this.#holdsSource = true
    this.prev.pause()
  }

  /** There is one. */
  proceed(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    for (let event = held.shift(); event !== undefined; event = held.shift()) this.process(event)
    if (this.#held === undefined) this.#releaseSource()
  }

  /** An event of the answer. */
  deliver(event: Event): void {
    this.next.process(event)
  }

  /** The answer is complete. */
  endAnswer(event: MessageEnd): void {
    this.#request = undefined
    this.#isAnswered = true
    this.next.process(event)
    if (this.#isOver) return
    if (!this.#isInputOver) return this.proceed()
    this.#isOver = true
    this.next.process(new StreamEnd())
  }

  /** There will be no answer, or no more of it. */
  fail(error: ProxyError, hasBegun: boolean): void {
    this.#request = undefined
    this.#isOver = true
    this.#held = undefined
    this.#releaseSource()
    const { log } = this.#position
    if (hasBegun) log.warn(`Breaking off an answer: ${error.message}`, error)
    else {
      const { head, body } = createServiceAnswer(error)
      log.warn(`Answering ${error.status}: ${error.message}`, error)
      this.next.process(new MessageStart(head))
      this.next.process(body ?? new Data())
      this.next.process(new MessageEnd())
    }
    this.next.process(new StreamEnd(hasBegun ? error : undefined))
  }

  /** The user's code has thrown. */
  failCallback(error: unknown): void {
    if (this.#isOver) return
    this.close()
    this.pipeline.fail(error, 'forward')
  }

  #startRequest(event: MessageStart): void {
    if (!this.#isAnswered) {
      this.wait()
      return this.#hold(event, this.#held as HeldEvents)
    }
    this.#isAnswered = false
    if (!countForward(event)) return this.#answerHere(event)
    takeExpectation(event)
    const given = this.#service
    if (typeof given !== 'function') return this.#forward(given, event)
    try {
      const service = given(this.pipeline.context)
      if (service instanceof Promise) this.#waitForService(service, event)
      else this.#forward(service, event)
    } catch (error) {
      this.failCallback(error)
    }
  }

  #forward(service: Service, event: MessageStart): void {
    const pool = this.#position.poolOf(service)
    const request = new ForwardRequest(this, pool, event)
    this.#request = request
    request.begin()
  }

  #waitForService(service: Promise<Service>, event: MessageStart): void {
    this.wait()
    this.#isServiceAwaited = true
    service
      .then((value) => {
        this.#isServiceAwaited = false
        if (!this.#isOver) this.#forward(value, event)
      })
      .catch((error: unknown) => {
        this.#isServiceAwaited = false
        this.failCallback(error)
      })
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
    if (overflow !== undefined) this.fail(overflow, this.#leave())
  }

  /** @returns whether an answer is broken off by that */
  #leave(): boolean {
    const request = this.#request
    this.#request = undefined
    return request?.abandon() ?? false
  }

  #releaseSource(): void {
    if (!this.#holdsSource) return
    this.#holdsSource = false
    this.prev.resume()
  }

  /** The client's side is over: an answer that is under way still comes, unless the client broke off. */
  #endInput(event: StreamEnd): void {
    if (event.error === undefined && !this.#isAnswered) {
      this.#isInputOver = true
      this.#request?.endInput(event)
      return
    }
    this.close()
    this.next.process(event)
  }
}
