import type { Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import type { Event, MessageEnd, MessageStart, Receiver, Source, StreamEnd } from '../events.ts'
import { MessageDecoder } from '../http/message-decoder.ts'
import { MessageEncoder, PLAIN_MESSAGE } from '../http/message-encoder.ts'
import { ParsedHead } from '../http/parsed-head.ts'
import { LIMITS } from '../limits.ts'
import { HeldEvents } from '../streams/held-events.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'
import type { MuxHttpFilter } from './mux-http.ts'
import type { UpstreamKey } from './upstream-key.ts'

/** RFC 9110 9.2.2: sending these twice is the same as sending them once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])
const MAX_ATTEMPTS = 2
/** Interim answers to one request; they are passed on whether or not the client takes them. */
const MAX_INTERIM_ANSWERS = 64

/**
 * One upstream connection: a pipeline that takes requests' bytes and gives answers' bytes, and the request that is
 * under way on it. It is free for another request only when the last one was complete in both directions and nothing
 * came behind its answer.
 */
export class UpstreamSession<V = Variables> implements Receiver, Source {
  readonly #position: MuxHttpPosition<V>
  readonly #key: UpstreamKey<V>
  readonly #pipeline: Pipeline<V>
  readonly #encoder: MessageEncoder
  readonly #decoder: MessageDecoder
  #user: MuxHttpFilter<V> | undefined
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
  #isProcessing = false
  /** The request's events behind its head, while they may have to be sent again. */
  #replay: HeldEvents | undefined
  #canReplay = false
  #inputPauses = 0
  #interimCount = 0
  #lastMove = 0

  constructor(position: MuxHttpPosition<V>, key: UpstreamKey<V>, user: MuxHttpFilter<V>) {
    this.#position = position
    this.#key = key
    this.#pipeline = position.layout.open(user.copyContext(), this, this)
    this.#encoder = new MessageEncoder(true, this.#pipeline)
    const answers: Receiver = { process: (event) => this.#takeAnswerEvent(event) }
    this.#decoder = new MessageDecoder({ isRequest: false, decodeLatin1: position.decodeLatin1 }, answers)
  }

  /** Begins a request. */
  start(user: MuxHttpFilter<V>, event: MessageStart): void {
    this.#user = user
    this.#isRequestOver = false
    this.#isAnswerOver = false
    this.#hasAnswerBegun = false
    this.#interimCount = 0
    this.#lastMove = this.#position.ticker.count
    const method = methodOf(event)
    this.#decoder.requestMethod = method
    this.#canReplay = this.#isReused && user.attempts < MAX_ATTEMPTS && IDEMPOTENT.has(method)
    if (this.#inputPauses > 0) user.prev.pause()
    const upgrade = upgradeOf(event)
    this.#askedUpgrade = upgrade
    this.#check(this.#encoder.start(event, upgrade === '' ? PLAIN_MESSAGE : { ...PLAIN_MESSAGE, upgrade }))
  }

  /** Sends on. */
  send(event: Event): void {
    if (this.#isClosed) return
    if (this.#isTunnel && event.type === 'Data') return this.#pipeline.process(event)
    if (this.#isRequestOver) return
    if (this.#canReplay && !this.#hasAnswerBegun) this.#keep(event)
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

  /** The user is gone in the middle of its request. */
  abandon(): void {
    if (this.#user !== undefined) this.#detach(this.#user)
    this.close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pipeline.close()
    this.#key.forget(this)
  }

  /** The pipeline's output: the answers' bytes. */
  process(event: Event): void {
    if (this.#isClosed) return
    if (event.type === 'StreamEnd') return this.#endConnection(event)
    if (event.type !== 'Data' || event.size === 0) return
    // Bytes that nobody asked for: whatever they are, they must not be taken for the next request's answer.
    if (this.#user === undefined) return this.close()
    this.#isProcessing = true
    try {
      this.#decoder.decode(event)
    } catch (error) {
      this.#isProcessing = false
      return this.#fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take answer'))
    }
    this.#isProcessing = false
    this.#releaseIfFree()
  }

  pause(): void {
    if (this.#inputPauses++ === 0) this.#user?.prev.pause()
  }

  resume(): void {
    if (--this.#inputPauses === 0) this.#user?.prev.resume()
  }

  checkTimeouts(): void {
    const { ticker, maxIdleMs, responseTimeoutMs, bodyTimeoutMs } = this.#position
    if (this.#user === undefined) {
      if (ticker.isOver(this.#lastMove, maxIdleMs)) this.close()
      return
    }
    // A client that sends or takes nothing is not the upstream's fault.
    if (!this.#isRequestOver || this.#user.isOutputPaused || this.#isTunnel) return
    if (!this.#hasAnswerBegun) {
      if (!ticker.isOver(this.#lastMove, responseTimeoutMs)) return
      this.#fail(
        new ProxyError(
          'RESPONSE_TIMEOUT',
          `Cannot wait longer for the upstream's answer: ${responseTimeoutMs} ms are over`,
        ),
      )
    } else if (ticker.isOver(this.#lastMove, bodyTimeoutMs)) {
      this.#fail(
        new ProxyError(
          'IDLE_TIMEOUT',
          `Cannot wait longer for the rest of the answer: nothing came for ${bodyTimeoutMs} ms`,
        ),
      )
    }
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

  #startAnswer(user: MuxHttpFilter<V>, event: MessageStart): void {
    const head = event.source as ParsedHead
    if (head.status === 101) return this.#startTunnel(user, event, head)
    if (head.status < 200) {
      this.#isInterim = true
      if (++this.#interimCount > MAX_INTERIM_ANSWERS) {
        const text = `Cannot wait for the answer: more than ${MAX_INTERIM_ANSWERS} interim ones came before it`
        throw new ProxyError('MALFORMED_START_LINE', text, { source: 'upstream' })
      }
      const request = user.request?.source as ParsedHead | undefined
      request?.origin?.sendInterim(event)
      return
    }
    this.#hasAnswerBegun = true
    this.#replay = undefined
    this.#isPersistent = head.isPersistent
    user.deliver(event)
  }

  #startTunnel(user: MuxHttpFilter<V>, event: MessageStart, head: ParsedHead): void {
    if (!this.#isRequestOver || !isAmong(head.upgrade, this.#askedUpgrade)) {
      const text = 'Cannot switch protocols: nobody asked for it'
      throw new ProxyError('MALFORMED_START_LINE', text, { source: 'upstream' })
    }
    this.#isTunnel = true
    this.#hasAnswerBegun = true
    this.#replay = undefined
    this.#decoder.tunnel()
    this.#key.dedicate(this)
    user.deliver(event)
  }

  #endAnswer(user: MuxHttpFilter<V>, event: MessageEnd): void {
    if (this.#isTunnel) return user.deliver(event)
    this.#isAnswerOver = true
    this.#isReused = true
    this.#detach(user)
    user.endAnswer(event)
  }

  #detach(user: MuxHttpFilter<V>): void {
    this.#user = undefined
    this.#replay = undefined
    if (this.#inputPauses > 0) user.prev.resume()
    if (user.isOutputPaused) this.#pipeline.resume()
  }

  /** RFC 9112 9.3: an answer that came before the request was sent whole, or that says close, ends the connection. */
  #releaseIfFree(): void {
    if (this.#isClosed || this.#user !== undefined || !this.#isAnswerOver || this.#isProcessing) return
    const isFree = this.#isPersistent && this.#isRequestOver && !this.#decoder.isInMessage
    if (isFree) this.#key.release(this)
    else this.close()
  }

  #endConnection(event: StreamEnd): void {
    const user = this.#user
    if (user === undefined) return this.close()
    if (this.#isTunnel && event.error === undefined) return user.deliver(event)
    const error =
      event.error === undefined ? undefined : ProxyError.from(event.error, 'CONNECTION_RESET', 'Cannot read answer')
    if (error === undefined && this.#decoder.isUntilClose) {
      this.#decoder.end()
      return this.close()
    }
    const isUnanswered = !this.#hasAnswerBegun && !this.#decoder.isInMessage
    if (isUnanswered && this.#canReplay && error?.retry !== 'no') return this.#sendAgain(user)
    const text = this.#hasAnswerBegun ? 'inside the body of an answer' : 'before it answered'
    this.#fail(error ?? new ProxyError('CONNECTION_CLOSED', `Cannot go on: the upstream closed the connection ${text}`))
  }

  /** The upstream closed an idle connection just as we wrote to it: the request goes out once more, on a new one. */
  #sendAgain(user: MuxHttpFilter<V>): void {
    const events = this.#replay ?? new HeldEvents()
    this.#detach(user)
    user.requeue(events)
    this.#isClosed = true
    this.#pipeline.close()
    this.#key.replace(this, user)
  }

  #keep(event: Event): void {
    this.#replay ??= new HeldEvents(LIMITS.maxReplayBytes)
    if (this.#replay.push(event) === undefined) return
    this.#replay = undefined
    this.#canReplay = false
  }

  #check(error: ProxyError | undefined): void {
    if (error !== undefined) this.#fail(error)
    else if (this.#isRequestOver && this.#isAnswerOver) this.#releaseIfFree()
  }

  #fail(error: ProxyError): void {
    const user = this.#user
    const hasBegun = this.#hasAnswerBegun
    if (user !== undefined) this.#detach(user)
    this.close()
    user?.fail(error, hasBegun)
  }
}

function methodOf(event: MessageStart): string {
  if (event.isHeadRead) return event.head.method ?? 'GET'
  return (event.source as ParsedHead | undefined)?.method ?? 'GET'
}

/** The protocols that a request asks to switch to, unless a script took that off its head. */
function upgradeOf(event: MessageStart): string {
  if (!(event.source instanceof ParsedHead)) return ''
  return event.isHeadRead && event.head.headers?.['upgrade'] === undefined ? '' : event.source.upgrade
}

/** RFC 9110 7.8: a server switches to nothing that it was not asked for. */
function isAmong(upgrade: string, asked: string): boolean {
  const protocols = asked.toLowerCase().split(', ')
  return upgrade !== '' && upgrade.split(', ').every((protocol) => protocols.includes(protocol.toLowerCase()))
}
