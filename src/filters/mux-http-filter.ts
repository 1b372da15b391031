import type { Provider } from '../engine/callback.ts'
import type { Context, Variables } from '../engine/context.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, MessageEnd, MessageStart, StreamEnd } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'
import { countForward } from '../http/max-forwards.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { declaredBodyBytes } from './declared-body-bytes.ts'
import { requestMethod } from './request-method.ts'
import { requestUpgrade } from './request-upgrade.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'
import { takeExpectation } from './take-expectation.ts'
import type { UpstreamSession } from './upstream-session.ts'
import type { UpstreamUser, UserQueue } from './upstream-user.ts'

/** One user of the shared connections: sends one request after the other, each once its predecessor is answered. */
export class MuxHttpFilter<V = Variables> extends Filter<V> implements UpstreamUser<V> {
  /** The head of the request under way; its method, and the protocols that it asks to switch to. */
  request: MessageStart | undefined
  method = ''
  upgrade = ''
  /** Whether the request under way may be sent again if it meets a connection that is closing. */
  canResend = false
  /** And whether that is sure, however long its body turns out to be. */
  canResendSurely = false
  /** When the request came, in ticks of the position. */
  requestedSince = 0
  /** When it began to wait for a connection, in ticks of the position; and where. */
  queuedSince = 0
  queuedAt: UserQueue<V> | undefined
  readonly #key: Provider<unknown, V> | undefined
  readonly #position: MuxHttpPosition<V>
  #session: UpstreamSession<V> | undefined
  /** What waits for a connection, or for the answer to the request before it. */
  #held: HeldEvents | undefined
  #holdsSource = false
  /** A promise of the key has not settled. */
  #isKeyAwaited = false
  #isAnswered = true
  /** The client's side is over, and an answer is still to come. */
  #isInputOver = false
  #isOver = false
  #outputPauses = 0

  constructor(pipeline: Pipeline<V>, key: Provider<unknown, V> | undefined, position: MuxHttpPosition<V>) {
    super(pipeline)
    this.#key = key
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
        // Without a session the request has been answered before it was over: the rest of it is for nobody.
        this.#session?.send(event)
    }
  }

  override pause(): void {
    if (this.#outputPauses++ === 0) this.#session?.pauseOutput()
  }

  override resume(): void {
    if (--this.#outputPauses === 0) this.#session?.resumeOutput()
  }

  override close(): void {
    this.#isOver = true
    this.#held = undefined
    this.#leave()
    this.#releaseSource()
  }

  override reopen(): boolean {
    // Closed in the middle of something, it may still be called for what it was about.
    const isAtRest = this.#isAnswered && !this.#isInputOver && !this.#isKeyAwaited && this.#outputPauses === 0
    if (isAtRest) this.#isOver = false
    return isAtRest
  }

  /** Whether whoever takes the answer is full. */
  get isOutputPaused(): boolean {
    return this.#outputPauses > 0
  }

  /** The context of an upstream connection that is opened for this user. */
  copyContext(): Context<V> {
    return this.pipeline.copyContext()
  }

  /**
   * A connection is there for the request under way.
   * @param sent what has been sent of it over one that is gone
   */
  begin(session: UpstreamSession<V>, sent?: HeldEvents): void {
    this.#session = session
    if (this.#outputPauses > 0) session.pauseOutput()
    const held = this.#held
    this.#held = undefined
    session.start(this, this.request as MessageStart)
    // One that answers at once gets no more of the request.
    for (let event = sent?.shift(); event !== undefined && this.#session === session; event = sent?.shift()) {
      session.send(event)
    }
    if (held !== undefined) this.#release(held)
  }

  /** An event of the answer. */
  deliver(event: Event): void {
    this.next.process(event)
  }

  /** The answer is complete, and the connection belongs to somebody else. */
  endAnswer(event: MessageEnd): void {
    this.#session = undefined
    this.request = undefined
    this.#isAnswered = true
    this.next.process(event)
    const held = this.#held
    if (this.#isOver) return
    if (this.#isInputOver) {
      this.#isOver = true
      this.next.process(new StreamEnd())
    } else if (held !== undefined) {
      this.#held = undefined
      this.#release(held)
    }
  }

  /** There will be no answer, or no more of it. */
  fail(error: ProxyError, hasBegun: boolean): void {
    this.#session = undefined
    this.#isOver = true
    this.#held = undefined
    this.#releaseSource()
    if (hasBegun) this.#position.log.warn(`Breaking off an answer: ${error.message}`, error)
    else {
      const { head, body } = createErrorMessage(error)
      this.#position.log.warn(`Answering ${error.status}: ${error.message}`, error)
      this.next.process(new MessageStart(head))
      this.next.process(body ?? new Data())
      this.next.process(new MessageEnd())
    }
    this.next.process(new StreamEnd(hasBegun ? error : undefined))
  }

  #startRequest(event: MessageStart): void {
    if (!this.#isAnswered) {
      this.#wait()
      return this.#hold(event, this.#held as HeldEvents)
    }
    this.#isAnswered = false
    this.request = event
    this.requestedSince = this.#position.ticker.count
    if (!this.#lookAt(event)) return this.#answerHere(event)
    try {
      const key =
        typeof this.#key === 'function'
          ? (this.#key as (context: unknown) => unknown)(this.pipeline.context)
          : this.#key
      if (key instanceof Promise) this.#waitForKey(key)
      else this.#acquire(key)
    } catch (error) {
      this.#failCallback(error)
    }
  }

  /** Finds out what has to be known about a request to send it. @returns whether it may be forwarded */
  #lookAt(event: MessageStart): boolean {
    const bodyBytes = declaredBodyBytes(event)
    this.method = requestMethod(event)
    this.upgrade = requestUpgrade(event)
    this.canResend = this.#position.canResend(this.method, bodyBytes)
    this.canResendSurely = this.canResend && bodyBytes >= 0
    if (!countForward(event)) return false
    takeExpectation(event)
    return true
  }

  /** A request that may not be forwarded any further is answered as its server would (RFC 9110 7.6.2). */
  #answerHere(event: MessageStart): void {
    const { method } = event.head
    if (method === 'OPTIONS') {
      this.next.process(new MessageStart({ status: 200, headers: { 'content-length': '0' } }))
      return this.endAnswer(new MessageEnd())
    }
    this.fail(new ProxyError('METHOD_NOT_SUPPORTED', `Cannot answer ${method}: it may not be forwarded further`), false)
  }

  #acquire(key: unknown): void {
    this.#position.acquire(key ?? this.pipeline.context.__inbound ?? this, this)
    // A pipeline that answers by itself may have done so by now.
    if (this.#session === undefined && !this.#isAnswered && !this.#isOver) this.#wait()
  }

  #waitForKey(key: Promise<unknown>): void {
    this.#wait()
    this.#isKeyAwaited = true
    this.#position.awaitKey(this)
    key
      .then((value) => {
        if (this.#isOver) return
        this.#isKeyAwaited = false
        this.queuedAt?.remove(this)
        this.#acquire(value)
      })
      .catch((error: unknown) => this.#failCallback(error))
  }

  /** Holds back what comes until there is a connection. */
  #wait(): void {
    this.#held ??= new HeldEvents()
    if (this.#holdsSource) return
    this.#holdsSource = true
    this.prev.pause()
  }

  #hold(event: Event, held: HeldEvents): void {
    if (event.type === 'StreamEnd' && event.error !== undefined) return this.#endInput(event)
    const overflow = held.push(event)
    if (overflow !== undefined) this.fail(overflow, this.#leave())
  }

  /**
   * Waits no more; a connection in the middle of this request is of no use to anybody.
   * @returns whether an answer is broken off by that
   */
  #leave(): boolean {
    this.queuedAt?.remove(this)
    const session = this.#session
    this.#session = undefined
    return session?.abandon() ?? false
  }

  #release(held: HeldEvents): void {
    for (let event = held.shift(); event !== undefined; event = held.shift()) this.process(event)
    if (this.#held === undefined) this.#releaseSource()
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
      this.#session?.endInput(event)
      return
    }
    this.close()
    this.next.process(event)
  }

  #failCallback(error: unknown): void {
    if (this.#isOver) return
    this.close()
    this.pipeline.fail(error, 'muxHTTP')
  }
}
