import type { RetryTrigger } from '../algorithms/service/retry-options.ts'
import type { Target } from '../algorithms/service/target.ts'
import type { Context, Variables } from '../engine/context.ts'
import type { InboundConnection } from '../engine/inbound-connection.ts'
import { ProxyError } from '../errors.ts'
import { type Event, type MessageEnd, MessageStart, type Source, type StreamEnd } from '../events.ts'
import { MessageHead } from '../http/message-head.ts'
import type { Timer } from '../transport.ts'
import { declaredBodyBytes } from './declared-body-bytes.ts'
import { type AttemptOwner, ForwardAttempt } from './forward-attempt.ts'
import type { ForwardPool } from './forward-pool.ts'
import { KeptRequest } from './kept-request.ts'
import { noTarget } from './no-target.ts'
import { requestMethod } from './request-method.ts'
import { requestUpgrade } from './request-upgrade.ts'
import { retryAfterMs } from './retry-after.ts'
import { RetryPlan } from './retry-plan.ts'
import { retryTrigger } from './retry-trigger.ts'
import type { StickyMark } from './sticky/sticky.ts'
import { withCookie } from './with-cookie.ts'

/** Of a service that sticks to nothing. */
const UNMARKED: StickyMark = { key: undefined, target: undefined }

/** The session that a request belongs to. */
export interface RequestOwner {
  /** Its variables. */
  readonly context: Context<Variables>
  /** Where it comes from. */
  readonly prev: Source
  /** The client's connection, if there is one. */
  readonly inbound: InboundConnection | undefined
  /** Whether whoever takes the answer is full. */
  readonly isOutputPaused: boolean
  /** Holds back what comes of the request until `proceed`. */
  wait(): void
  proceed(): void
  /** An event of the answer, but not its end. */
  deliver(event: Event): void
  /** The answer is complete. */
  endAnswer(event: MessageEnd): void
  /** There will be no answer, or no more of it. */
  fail(error: ProxyError, hasBegun: boolean): void
  /** The user's code has thrown. */
  failCallback(error: unknown): void
}

/** One request on its way: the targets that it is tried at, what is kept of it for another try, and whose answer it gets. */
export class ForwardRequest implements AttemptOwner {
  readonly method: string
  /** The protocols that it asks to switch to; empty for none. */
  readonly upgrade: string
  /** Whether it may go out again, to the same target, when it met a connection that was closing. */
  readonly canResend: boolean
  readonly canResendSurely: boolean
  /** When it came, in ticks of the pool's connections. */
  readonly requestedSince: number
  /** Whether it has come in whole. */
  isOver = false
  readonly #filter: RequestOwner
  readonly #pool: ForwardPool
  readonly #start: MessageStart
  readonly #kept: KeptRequest
  readonly #plan: RetryPlan
  /** The try that gets the request as it comes, or whose answer is on its way to the client. */
  #current: ForwardAttempt | undefined
  /** The second one that runs beside it. */
  #hedge: ForwardAttempt | undefined
  #timer: Timer | undefined
  #hasAnswer = false
  #mark = UNMARKED
  #isAbandoned = false

  constructor(filter: RequestOwner, pool: ForwardPool, start: MessageStart) {
    const bodyBytes = declaredBodyBytes(start)
    this.#filter = filter
    this.#pool = pool
    this.#start = start
    this.method = requestMethod(start)
    this.upgrade = requestUpgrade(start)
    this.canResend = pool.isRepeatable(this.method) && bodyBytes <= pool.settings.maxReplayBytes
    this.canResendSurely = this.canResend && bodyBytes >= 0
    this.requestedSince = pool.connections.ticker.count
    this.#kept = new KeptRequest(pool.settings.maxReplayBytes)
    this.#plan = new RetryPlan(pool)
    if (bodyBytes > pool.settings.maxReplayBytes) this.#kept.drop()
    // A body that passes unseen cannot be sent again: one that may have to be is looked at.
    else if (this.canResendSurely && bodyBytes > 0 && start.source instanceof MessageHead) start.source.keepBody()
  }

  /** Where it comes from. */
  get source(): Source {
    return this.#filter.prev
  }

  /** Begins: finds out where it belongs. */
  begin(): void {
    const { sticky, allowsConnect } = this.#pool
    // Another filter behind the same demuxHTTP may take it.
    if (this.method === 'CONNECT' && !allowsConnect) return this.#filter.fail(connectRefused(), false)
    if (sticky === undefined) return this.#go(UNMARKED)
    try {
      const mark = sticky.read(this.#start, this.#filter.context)
      if (!(mark instanceof Promise)) return this.#go(mark)
      this.#filter.wait()
      mark.then((value) => this.#go(value)).catch((error: unknown) => this.#failCallback(error))
    } catch (error) {
      this.#failCallback(error)
    }
  }

  /** Another event of it, or of the tunnel that it became. */
  send(event: Event): void {
    if (!this.#hasAnswer) this.#kept.keep(event)
    if (event.type === 'MessageEnd') this.isOver = true
    this.#current?.send(event)
    if (event.type === 'MessageEnd') this.#waitForAnswer()
  }

  endInput(event: StreamEnd): void {
    this.#current?.endInput(event)
  }

  pauseOutput(): void {
    this.#current?.pauseOutput()
    this.#hedge?.pauseOutput()
  }

  resumeOutput(): void {
    this.#current?.resumeOutput()
    this.#hedge?.resumeOutput()
  }

  /** The client is gone, or has broken off. @returns whether an answer is broken off by that */
  abandon(): boolean {
    this.#isAbandoned = true
    this.#timer?.cancel()
    this.#kept.drop()
    this.#current?.cancel()
    this.#hedge?.cancel()
    return this.#hasAnswer
  }

  /**
   * A try has its connection.
   * @param hasSent whether what came of the request has gone out over it already
   */
  begun(attempt: ForwardAttempt, hasSent: boolean): void {
    if (!hasSent) this.#kept.replay((event) => attempt.send(event))
    const { source } = this.#start
    if (source instanceof MessageHead && source.isBodyPassed) this.#kept.drop()
    if (attempt !== this.#current) return
    this.#filter.proceed()
    if (!this.isOver) this.#pool.unwatch(attempt)
  }

  /** The answer of a try begins. */
  takeHead(attempt: ForwardAttempt, event: MessageStart, head: MessageHead): void {
    const isRefused = this.#pool.isRetriedStatus(head.status)
    if (isRefused && this.#isAccompanied(attempt)) {
      attempt.discard(this.isOver)
      return this.#leave(attempt)
    }
    if (isRefused && this.#retry(head.status, false, attempt, retryAfterMs(head))) return
    const other = attempt === this.#current ? this.#hedge : this.#current
    this.#timer?.cancel()
    this.#current = attempt
    this.#hedge = undefined
    other?.cancel()
    this.#hasAnswer = true
    this.#kept.drop()
    this.#pool.chosen(attempt, this.#filter.inbound)
    const cookie = this.#pool.sticky?.stick(this.#mark, attempt.target)
    this.#filter.deliver(cookie === undefined ? event : withCookie(event, cookie))
  }

  /** More of the answer. */
  deliver(event: Event): void {
    this.#filter.deliver(event)
  }

  /** The answer is complete. */
  answered(event: MessageEnd): void {
    this.#current = undefined
    this.#filter.endAnswer(event)
  }

  /** A try has failed. @param hasBegun whether that was inside its answer */
  failed(attempt: ForwardAttempt, error: ProxyError, hasBegun: boolean): void {
    if (hasBegun) return this.#filter.fail(error, true)
    if (this.#isAccompanied(attempt)) return this.#leave(attempt)
    const trigger = retryTrigger(error)
    this.#current = undefined
    if (trigger !== undefined && this.#retry(trigger, error.retry === 'yes', attempt, 0, error)) return
    this.#timer?.cancel()
    this.#filter.fail(error, false)
  }

  /** Asks the service for leave and for a target. */
  #go(mark: StickyMark): void {
    if (this.#isAbandoned) return
    const { service } = this.#pool
    const refusal = service.admit()
    if (refusal !== undefined) return this.#filter.fail(refusal, false)
    this.#mark = mark
    this.#plan.key = mark.key
    const target = this.#pool.targetOf(this.#filter.inbound) ?? mark.target ?? this.#plan.untried()
    if (target === undefined) return this.#filter.fail(noTarget(service), false)
    this.#current = this.#try(target, false)
    this.#run(this.#current)
  }

  #failCallback(error: unknown): void {
    if (!this.#isAbandoned) this.#filter.failCallback(error)
  }

  /** Whether another try runs beside one. */
  #isAccompanied(attempt: ForwardAttempt): boolean {
    return this.#hedge !== undefined && (attempt === this.#current || attempt === this.#hedge)
  }

  /** Goes on with the other one. */
  #leave(attempt: ForwardAttempt): void {
    if (attempt === this.#current) this.#current = this.#hedge
    this.#hedge = undefined
  }

  #try(target: Target, isRetry: boolean): ForwardAttempt {
    const number = this.#plan.count(target)
    return new ForwardAttempt(this, this.#pool, target, this.#headOf(number), isRetry)
  }

  #run(attempt: ForwardAttempt): void {
    if (this.#filter.isOutputPaused) attempt.pauseOutput()
    this.#pool.acquire(attempt, this.#filter.inbound)
    if (!attempt.isWaiting) return
    this.#pool.watch(attempt)
    if (attempt === this.#current) this.#filter.wait()
  }

  /** @returns whether it is tried again; then the answer of `attempt`, if it has one, is given up */
  #retry(
    trigger: RetryTrigger,
    isUntouched: boolean,
    attempt: ForwardAttempt,
    pauseMs: number,
    error?: ProxyError,
  ): boolean {
    const pool = this.#pool
    const isSafe = this.#kept.isWhole && (isUntouched || pool.isRepeatable(this.method))
    if (!isSafe || !this.#plan.allows(trigger)) return false
    const waitMs = this.#plan.waitMs(attempt.target, pauseMs)
    if (waitMs === undefined) return false
    if (error === undefined) attempt.discard(this.isOver)
    this.#current = undefined
    pool.log.debug(`Trying again after "${attempt.target.address}": ${error?.message ?? `it answered ${trigger}`}`)
    this.#timer?.cancel()
    if (waitMs === 0) this.#tryNext()
    else {
      this.#filter.wait()
      this.#timer = pool.setTimer(() => this.#tryNext(), waitMs)
    }
    return true
  }

  #tryNext(): void {
    const target = this.#plan.next()
    if (target === undefined) return this.#filter.fail(noTarget(this.#pool.service), false)
    this.#current = this.#try(target, true)
    this.#run(this.#current)
    if (this.isOver) this.#waitForAnswer()
  }

  /** The request has come whole: from now on the target is waited for, and a second one may be asked in a while. */
  #waitForAnswer(): void {
    const attempt = this.#current
    if (this.#hasAnswer || attempt === undefined) return
    this.#pool.watch(attempt)
    const delayMs = this.#plan.hedgeDelayMs(this.method, this.upgrade)
    if (delayMs !== undefined && this.#kept.isWhole) {
      // A try that failed at once may have come here already.
      this.#timer?.cancel()
      this.#timer = this.#pool.setTimer(() => this.#startHedge(), delayMs)
    }
  }

  #startHedge(): void {
    if (this.#current === undefined) return
    const target = this.#plan.hedgeTarget()
    if (target === undefined) return
    const hedge = this.#try(target, true)
    this.#hedge = hedge
    this.#run(hedge)
    if (!hedge.isOver) this.#pool.watch(hedge)
  }

  /** The head as it goes out with a try: with its number, if that is wanted. */
  #headOf(number: number): MessageStart {
    const { attemptHeader } = this.#pool.settings
    const start = this.#start
    if (attemptHeader === undefined) return start
    const headers = { ...start.head.headers, [attemptHeader]: String(number) }
    return new MessageStart({ ...start.head, headers }, start.source)
  }
}

function connectRefused(): ProxyError {
  return new ProxyError('METHOD_NOT_SUPPORTED', 'Cannot send CONNECT to a target: forward has no allowConnect')
}
