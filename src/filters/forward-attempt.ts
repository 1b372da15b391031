import type { Target } from '../algorithms/service/target.ts'
import type { Outcome } from '../algorithms/service/outcome.ts'
import type { Context } from '../engine/context.ts'
import { ProxyError } from '../errors.ts'
import type { Event, MessageEnd, MessageStart, Source, StreamEnd } from '../events.ts'
import type { MessageHead } from '../http/message-head.ts'
import type { HeldEvents } from '../streams/held-events.ts'
import { failureKind } from './failure-kind.ts'
import type { ForwardPool, TargetVariables } from './forward-pool.ts'
import type { UpstreamSession } from './upstream-session.ts'
import type { UpstreamUser, UserQueue } from './upstream-user.ts'

/** Of an answer that nobody wants so much is read, so that its connection can be used again; one that is longer is cut. */
const MAX_DRAINED_BYTES = 64 * 1024

/** The request that is tried. */
export interface AttemptOwner {
  readonly method: string
  readonly upgrade: string
  readonly canResend: boolean
  readonly canResendSurely: boolean
  readonly requestedSince: number
  /** Where it comes from. */
  readonly source: Source
  /**
   * The try has its connection.
   * @param hasSent whether what came of the request has gone out over it already
   */
  begun(attempt: ForwardAttempt, hasSent: boolean): void
  /** The answer begins. */
  takeHead(attempt: ForwardAttempt, event: MessageStart, head: MessageHead): void
  /** More of the answer. */
  deliver(event: Event): void
  /** The answer is complete. */
  answered(event: MessageEnd): void
  /** There is no answer, or no more of it. */
  failed(attempt: ForwardAttempt, error: ProxyError, hasBegun: boolean): void
}

/**
 * One try of a request at one target: a user of the target's connections. It tells the service how it went, once, and
 * whom it belongs to of the answer; given up, it sees to what is left of it alone.
 */
export class ForwardAttempt implements UpstreamUser<TargetVariables>, Source {
  readonly target: Target
  readonly request: MessageStart
  readonly method: string
  readonly upgrade: string
  readonly canResend: boolean
  readonly canResendSurely: boolean
  readonly requestedSince: number
  queuedSince = 0
  queuedAt: UserQueue<TargetVariables> | undefined
  readonly prev: Source = this
  isOutputPaused = false
  /** When its time began, in ticks of the pool's clock for tries. */
  watchedSince = 0
  /** How long the head of the answer took; -1 before it. */
  latencyMs = -1
  readonly #pool: ForwardPool
  readonly #isRetry: boolean
  readonly #startedMs: number
  #status = 0
  /** What the answer declares; -1 for nothing. */
  #answerBytes = -1
  /** Undefined once it has been given up, or is over. */
  #owner: AttemptOwner | undefined
  #session: UpstreamSession<TargetVariables> | undefined
  /** How often the connection has stopped the client. */
  #pauses = 0
  #drainedBytes = 0
  #isTunnel = false
  #isReported = false

  /**
   * @param request the head as it goes to this target
   * @param isRetry whether it counts against the budget of retries
   */
  constructor(owner: AttemptOwner, pool: ForwardPool, target: Target, request: MessageStart, isRetry: boolean) {
    this.#owner = owner
    this.#pool = pool
    this.target = target
    this.request = request
    this.method = owner.method
    this.upgrade = owner.upgrade
    this.canResend = owner.canResend
    this.canResendSurely = owner.canResendSurely
    this.requestedSince = owner.requestedSince
    this.#isRetry = isRetry
    this.#startedMs = pool.now()
    pool.runningCount++
    pool.service.begin(target)
    if (isRetry) pool.service.beginRetry()
  }

  /** Whether it still waits for a connection. */
  get isWaiting(): boolean {
    return this.#session === undefined && this.#owner !== undefined
  }

  /** Whether it is over, or given up. */
  get isOver(): boolean {
    return this.#owner === undefined
  }

  /** The context of the pipeline that leads to the target: it knows the target, and nothing of the client. */
  copyContext(): Context<TargetVariables> {
    return { target: this.target.address, __inbound: null }
  }

  begin(session: UpstreamSession<TargetVariables>, sent?: HeldEvents): void {
    this.#session = session
    if (this.isOutputPaused) session.pauseOutput()
    session.start(this, this.request)
    for (let event = sent?.shift(); event !== undefined && this.#session === session; event = sent?.shift()) {
      session.send(event)
    }
    this.#owner?.begun(this, sent !== undefined)
  }

  /** Sends on. @returns whether it takes more */
  send(event: Event): boolean {
    this.#session?.send(event)
    return this.#session !== undefined
  }

  endInput(event: StreamEnd): void {
    this.#session?.endInput(event)
  }

  deliver(event: Event): void {
    const owner = this.#owner
    if (owner === undefined) return this.#drain(event)
    if (event.type !== 'MessageStart') return owner.deliver(event)
    const head = event.source as MessageHead
    this.#status = head.status
    this.#answerBytes = head.contentLength
    this.latencyMs = this.#elapsedMs
    this.#pool.unwatch(this)
    this.#isTunnel = head.status === 101 || (this.method === 'CONNECT' && head.status < 300)
    owner.takeHead(this, event, head)
  }

  endAnswer(event: MessageEnd): void {
    this.#session = undefined
    this.#reportAnswer()
    const owner = this.#owner
    this.#owner = undefined
    owner?.answered(event)
  }

  fail(error: ProxyError, hasBegun: boolean): void {
    this.#session = undefined
    // Where a tunnel leads is the client's choice: what breaks in it says nothing of the target.
    if (this.#isTunnel && this.method === 'CONNECT') this.#reportAnswer()
    else this.#report({ kind: failureKind(error, hasBegun), latencyMs: this.#elapsedMs })
    const owner = this.#owner
    this.#owner = undefined
    owner?.failed(this, error, hasBegun)
  }

  /**
   * Gives up an answer that has begun, and nobody hears of it: its rest is read and dropped, or its connection cut, where
   * that costs less or the connection could not be used again.
   * @param isRequestOver whether the request was sent whole
   */
  discard(isRequestOver: boolean): void {
    this.#reportAnswer()
    this.#disown()
    if (!isRequestOver || this.#answerBytes > MAX_DRAINED_BYTES) this.#cut()
  }

  /** Gives up the try; its connection is of no use to anybody. The target is not to blame, unless `kind` says so. */
  cancel(kind: 'aborted' | 'timeout' = 'aborted'): void {
    // Both sides have spoken as they wanted to: there is no other end to it.
    if (this.#isTunnel) this.#reportAnswer()
    else this.#report({ kind, latencyMs: this.#elapsedMs })
    this.#disown()
    this.queuedAt?.remove(this)
    this.#cut()
  }

  /** It has waited long enough for the answer. */
  timeOut(timeoutMs: number): void {
    const owner = this.#owner
    this.cancel('timeout')
    const text = `Cannot wait longer for the answer of "${this.target.address}": ${timeoutMs} ms are over`
    owner?.failed(this, new ProxyError('RESPONSE_TIMEOUT', text), false)
  }

  /** Whoever takes the answer is full. */
  pauseOutput(): void {
    if (this.isOutputPaused) return
    this.isOutputPaused = true
    this.#session?.pauseOutput()
  }

  resumeOutput(): void {
    if (!this.isOutputPaused) return
    this.isOutputPaused = false
    this.#session?.resumeOutput()
  }

  /** The connection is full. */
  pause(): void {
    this.#pauses++
    this.#owner?.source.pause()
  }

  resume(): void {
    this.#pauses--
    this.#owner?.source.resume()
  }

  get #elapsedMs(): number {
    return this.#pool.now() - this.#startedMs
  }

  #drain(event: Event): void {
    if (event.type !== 'Data') return
    this.#drainedBytes += event.size
    if (this.#drainedBytes > MAX_DRAINED_BYTES) this.#cut()
  }

  #cut(): void {
    const session = this.#session
    this.#session = undefined
    session?.abandon()
  }

  /** Belongs to no request any more: neither side waits for this one. */
  #disown(): void {
    const source = this.#owner?.source
    this.#owner = undefined
    for (let i = this.#pauses; i > 0; i--) source?.resume()
    this.resumeOutput()
  }

  #reportAnswer(): void {
    this.#report({ kind: 'answered', status: this.#status, latencyMs: this.latencyMs })
  }

  #report(outcome: Outcome): void {
    if (this.#isReported) return
    this.#isReported = true
    const { service } = this.#pool
    this.#pool.runningCount--
    this.#pool.unwatch(this)
    if (this.#isRetry) service.endRetry()
    service.end(this.target, outcome)
  }
}
