import type { Variables } from '../engine/context.ts'
import type { Pipeline, PipelineParent } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import type { Event, MessageEnd, MessageStart, Receiver, Source, StreamEnd } from '../events.ts'
import { EventReader } from '../http/event-reader.ts'
import { EventWriter } from '../http/event-writer.ts'
import { MessageHead } from '../http/message-head.ts'
import type { MessageReader, MessageWriter } from '../http-codec.ts'
import { LIMITS } from '../limits.ts'
import { answerTimeout } from './answer-timeout.ts'
import { exchangeTimeout } from './exchange-timeout.ts'
import { InterimAnswers } from './interim-answers.ts'
import { isAskedProtocol } from './is-asked-protocol.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'
import type { UpstreamUser } from './upstream-user.ts'
import { RequestReplay } from './request-replay.ts'
import type { UpstreamKey } from './upstream-key.ts'

/** What a connection is told of what it takes. */
const BYTES: PipelineParent = { isExchange: false, carriesHttp: true, carriesMessages: false }
const MESSAGES: PipelineParent = { isExchange: false, carriesHttp: true, carriesMessages: true }

/**
 * One upstream connection: a pipeline that takes requests and gives answers, as bytes or as events, and the request that
 * is under way on it. It is free for another request only when the last one was complete in both directions and nothing
 * came behind its answer.
 */
export class UpstreamSession<V = Variables> implements Receiver, Source {
  readonly #position: MuxHttpPosition<V>
  readonly #key: UpstreamKey<V>
  readonly #pipeline: Pipeline<V>
  readonly #encoder: MessageWriter
  readonly #decoder: MessageReader
  #user: UpstreamUser<V> | undefined
  /** Whether an earlier request was answered on this connection. */
  #isReused = false
  #isRequestOver = true
  #hasAnswerBegun = false
  #isAnswerOver = true
  #isInterim = false
  #isPersistent = true
  /** Both sides have switched to another protocol: the connection is this user's until its end. */
  #isTunnel = false
  #askedUpgrade = ''
  #isClosed = false
  /** It serves nobody: it waits for the next request. */
  #isFree = false
  readonly #replay: RequestReplay
  /** What the last answer's Keep-Alive said. */
  #keepAlive = ''
  #idleSinceMs = 0
  #idleLimitMs = 0
  #inputPauses = 0
  /** The answer's body goes to the client without being seen here. */
  #isBodyPassed = false
  readonly #interimAnswers = new InterimAnswers()
  #lastMove = 0

  constructor(position: MuxHttpPosition<V>, key: UpstreamKey<V>, user: UpstreamUser<V>) {
    this.#position = position
    this.#key = key
    const { layout, passesMessages, decodeLatin1 } = position
    this.#pipeline = layout.open(user.copyContext(), this, this, passesMessages ? MESSAGES : BYTES)
    this.#replay = new RequestReplay(position.maxReplayBytes)
    const answers: Receiver = { process: (event) => this.#takeAnswerEvent(event) }
    if (passesMessages) {
      this.#encoder = new EventWriter(true, this.#pipeline)
      this.#decoder = new EventReader(false, answers)
    } else {
      this.#encoder = position.http1.write(true, this.#pipeline)
      this.#decoder = position.http1.read({ isRequest: false, decodeLatin1 }, answers)
    }
  }

  /** Begins a request. */
  start(user: UpstreamUser<V>, event: MessageStart): void {
    this.#user = user
    this.#isFree = false
    this.#isRequestOver = false
    this.#isAnswerOver = false
    this.#hasAnswerBegun = false
    this.#isBodyPassed = false
    this.#interimAnswers.begin()
    this.#lastMove = this.#position.ticker.count
    this.#decoder.requestMethod = user.method
    // On a connection that served nobody there is no race: what happens there is no mishap of this request.
    this.#replay.begin(this.#isReused)
    if (this.#inputPauses > 0) user.prev.pause()
    this.#askedUpgrade = user.upgrade
    this.#check(this.#encoder.start(event, this.#position.settingsFor(user.upgrade)))
    // What was not seen here cannot be sent again.
    if (event.source instanceof MessageHead && event.source.isBodyPassed) this.#replay.drop()
  }

  /** Sends on. */
  send(event: Event): void {
    if (this.#isClosed) return
    if (this.#isTunnel && event.type === 'Data') return this.#pipeline.process(event)
    if (this.#isRequestOver) return
    if (this.#canSendAgain()) this.#replay.keep(event)
    if (event.type === 'Data') {
      this.#lastMove = this.#position.ticker.count
      this.#check(this.#encoder.data(event))
    } else if (event.type === 'MessageEnd') {
      this.#lastMove = this.#position.ticker.count
      this.#isRequestOver = true
      this.#check(this.#encoder.end(event))
    }
  }

  /** The user sends no more: of a tunnel that is one half, an answer to a request comes all the same. */
  endInput(event: StreamEnd): void {
    if (this.#isTunnel) this.#pipeline.process(event)
  }

  pauseOutput(): void {
    this.#pipeline.pause()
  }

  resumeOutput(): void {
    // The upstream had no leave to send until now.
    this.#lastMove = this.#position.ticker.count
    this.#pipeline.resume()
  }

  /** The user is gone in the middle of its request. @returns whether its answer had begun */
  abandon(): boolean {
    if (this.#user !== undefined) this.#detach(this.#user)
    this.close()
    return this.#hasAnswerBegun
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pipeline.close()
    this.#key.forget(this)
  }

  /** The pipeline's output: the answers. */
  process(event: Event): void {
    if (this.#isClosed) return
    if (event.type === 'StreamEnd') return this.#endConnection(event)
    if (event.type === 'Data' && event.size === 0) return
    // Bytes that nobody asked for: whatever they are, they must not be taken for the next request's answer.
    if (this.#user === undefined) return this.close()
    try {
      if (event.type === 'Data') this.#decoder.decode(event)
      else if (this.#decoder instanceof EventReader) this.#decoder.take(event)
    } catch (error) {
      return this.#fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take answer'))
    }
    this.#releaseIfFree()
  }

  pause(): void {
    if (this.#inputPauses++ === 0) this.#user?.prev.pause()
  }

  resume(): void {
    if (--this.#inputPauses === 0) this.#user?.prev.resume()
  }

  /** Nobody uses it for now. @returns whether it may be used again */
  limitIdle(): boolean {
    this.#idleSinceMs = this.#position.ticker.nowMs
    this.#idleLimitMs = this.#key.idleLimitMs(this.#keepAlive)
    return this.#idleLimitMs > 0
  }

  /** Whether it may be used for a request, by the time for which it has been idle. */
  isFitFor(user: UpstreamUser<V>): boolean {
    const idleMs = this.#position.ticker.longestMs(this.#idleSinceMs)
    return idleMs <= this.#idleLimitMs && (user.canResendSurely || idleMs <= LIMITS.maxUnsafeReuseMs)
  }

  checkTimeouts(): void {
    const user = this.#user
    if (user === undefined) {
      if (this.#position.ticker.longestMs(this.#idleSinceMs) > this.#idleLimitMs) this.close()
      return
    }
    if (this.#isTunnel || this.#isBodyPassed) return
    const { ticker, responseTimeoutMs, bodyTimeoutMs, exchangeTimeoutMs } = this.#position
    if (ticker.isOver(user.requestedSince, exchangeTimeoutMs)) return this.#fail(exchangeTimeout(exchangeTimeoutMs))
    // To the upstream it is idle as long as nothing of the request has been sent.
    const isUnsent = this.#canSendAgain() && !this.#encoder.hasWrittenHead
    if (isUnsent && !this.isFitFor(user)) return this.#sendAgain(user)
    // A client that sends or takes nothing is not the upstream's fault; an upstream that takes nothing is.
    if (user.isOutputPaused || !(this.#isRequestOver || this.#inputPauses > 0)) return
    const timeoutMs = this.#hasAnswerBegun ? bodyTimeoutMs : responseTimeoutMs
    if (ticker.isOver(this.#lastMove, timeoutMs)) this.#fail(answerTimeout(this.#hasAnswerBegun, timeoutMs))
  }

  /** Whether the request may go out once more: as a whole, or because nothing of it has gone out. */
  #canSendAgain(): boolean {
    return this.#replay.isPossible && (this.#user?.canResend === true || !this.#encoder.hasWrittenHead)
  }

  #takeAnswerEvent(event: Event): void {
    const user = this.#user
    if (user === undefined || this.#isAnswerOver) {
      if (this.#isClosed) return
      throw new ProxyError('MALFORMED_START_LINE', 'Cannot take an answer that nobody asked for', {
        source: 'upstream',
      })
    }
    // Here, and not where the bytes come: a head that comes byte by byte is still waited for.
    this.#lastMove = this.#position.ticker.count
    if (event.type === 'MessageStart') this.#startAnswer(user, event)
    else if (this.#isInterim) this.#isInterim = event.type !== 'MessageEnd'
    else if (event.type === 'MessageEnd') this.#endAnswer(user, event)
    else user.deliver(event)
  }

  #startAnswer(user: UpstreamUser<V>, event: MessageStart): void {
    const head = event.source as MessageHead
    const isConnected = this.#decoder.requestMethod === 'CONNECT' && head.status >= 200 && head.status < 300
    if (isConnected || head.status === 101)
      return this.#startTunnel(user, event, isConnected ? undefined : head.upgrade)
    if (head.status < 200) {
      this.#isInterim = true
      // The upstream has begun to work on the request: no race goes that far.
      this.#replay.drop()
      return this.#interimAnswers.pass(user.request, event)
    }
    this.#hasAnswerBegun = true
    this.#replay.drop()
    this.#isPersistent = head.isPersistent
    this.#keepAlive = head.keepAlive
    user.deliver(event)
    this.#isBodyPassed = head.isBodyPassed
  }

  /** @param upgrade what the upstream switches to; undefined for the tunnel that CONNECT asks for */
  #startTunnel(user: UpstreamUser<V>, event: MessageStart, upgrade: string | undefined): void {
    const isAsked = upgrade === undefined || isAskedProtocol(upgrade, this.#askedUpgrade)
    if (!this.#isRequestOver || !isAsked) {
      const text = 'Cannot switch protocols: nobody asked for it'
      throw new ProxyError('MALFORMED_START_LINE', text, { source: 'upstream' })
    }
    this.#isTunnel = true
    this.#hasAnswerBegun = true
    this.#replay.drop()
    this.#decoder.tunnel()
    this.#key.dedicate(this)
    user.deliver(event)
  }

  #endAnswer(user: UpstreamUser<V>, event: MessageEnd): void {
    if (this.#isTunnel) return user.deliver(event)
    this.#isAnswerOver = true
    this.#isReused = true
    this.#detach(user)
    user.endAnswer(event)
  }

  #detach(user: UpstreamUser<V>): void {
    this.#user = undefined
    this.#replay.drop()
    if (this.#inputPauses > 0) user.prev.resume()
    if (user.isOutputPaused) this.#pipeline.resume()
  }

  /** RFC 9112 9.3: an answer that came before the request was sent whole, or that says close, ends the connection. */
  #releaseIfFree(): void {
    if (this.#isClosed || this.#isFree || this.#user !== undefined || !this.#isAnswerOver) return
    this.#isFree = this.#isPersistent && this.#isRequestOver && !this.#decoder.isInMessage
    if (this.#isFree) this.#key.release(this)
    else this.close()
  }

  #endConnection(event: StreamEnd): void {
    const user = this.#user
    if (user === undefined) {
      if (event.error === undefined && this.#isFree)
        this.#key.learnIdle(this.#position.ticker.shortestMs(this.#idleSinceMs))
      return this.close()
    }
    if (this.#isTunnel && event.error === undefined) return user.deliver(event)
    const error =
      event.error === undefined ? undefined : ProxyError.from(event.error, 'CONNECTION_RESET', 'Cannot read answer')
    if (error === undefined && this.#decoder.isInMessage && this.#decoder.isUntilClose) {
      this.#decoder.end()
      return this.close()
    }
    const isUnanswered = !this.#hasAnswerBegun && !this.#decoder.isInMessage
    if (isUnanswered && this.#canSendAgain() && error?.retry !== 'no') return this.#sendAgain(user)
    const text = this.#hasAnswerBegun ? 'inside the body of an answer' : 'before it answered'
    this.#fail(error ?? new ProxyError('CONNECTION_CLOSED', `Cannot go on: the upstream closed the connection ${text}`))
  }

  /** The upstream closed an idle connection just as we wrote to it: the request goes out once more, on a new one. */
  #sendAgain(user: UpstreamUser<V>): void {
    const events = this.#replay.take()
    this.#detach(user)
    this.#key.replace(this, user, events)
  }

  #check(error: ProxyError | undefined): void {
    if (error !== undefined) this.#fail(error)
  }

  #fail(error: ProxyError): void {
    const user = this.#user
    const hasBegun = this.#hasAnswerBegun
    if (user !== undefined) this.#detach(user)
    this.close()
    user?.fail(error, hasBegun)
  }
}
