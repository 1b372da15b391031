import { ProxyError } from '../errors.ts'
import { Data, type MessageEnd, MessageStart } from '../events.ts'
import { IDEMPOTENT_METHODS } from '../http/idempotent-methods.ts'
import { lengthMismatch } from '../http/length-mismatch.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { Timer, Transport } from '../transport.ts'
import type { BodyReader } from './body-reader.ts'
import { createDispatchRequest, type DispatchRequest } from './create-dispatch-request.ts'
import { DispatchBody } from './dispatch-body.ts'
import type { DispatchTarget } from './dispatch-target.ts'
import type { DispatcherPool } from './dispatcher-pool.ts'
import type { Dispatcher } from './dispatcher.ts'
import { FetchHead } from './fetch-head.ts'
import { openResponse } from './open-response.ts'
import { ResponseHead } from './response-head.ts'
import { switchToWebSocket } from './switch-to-websocket.ts'
import type { WebSocketBridge } from './websocket-bridge.ts'

/** What comes in one piece as a rule: such a body goes with its head in one turn where it is read. */
const SHORT_BODY_BYTES = 4 * 1024
/**
 * How long the head of an answer waits for a short body, which is to follow in the same turn: as long as the timers of the
 * filters let a timer sleep, so that none has to be set for it.
 */
const MAX_HEAD_HOLD_MS = 250

/** What an exchange has to do with the connection that it is on. */
export interface DispatchExchangeOwner {
  /** Takes the head of the answer and its body. Never inside a call of the exchange. */
  deliver(event: MessageStart | Data): void
  /** Settles when more can be delivered; undefined when it can at once. */
  untilResumed(): Promise<void> | undefined
  /** The request's body can be written on. Never called inside a call of the exchange. */
  drained(): void
  /** The answer is over, in good order. @param isLast whether the connection ends behind it */
  answered(isLast: boolean): void
  /** The exchange is over, without an answer or in the middle of it. */
  failed(error: ProxyError): void
  /** The head of the answer has switched protocols: from here on the connection's bytes are the bridge's. */
  switched(bridge: WebSocketBridge): void
  /** The other side of the bridge is over. */
  tunnelEnded(): void
}

/** What all exchanges of a connection have in common. */
export interface DispatchSettings {
  readonly target: DispatchTarget
  readonly pool: DispatcherPool
  /** A random number in [0, 1). */
  readonly random: () => number
  /** Gives up waiting for a short body before the head goes out. */
  readonly setTimer: Transport['setTimer']
}

/** One request and its answer, by a dispatcher that it has to itself meanwhile. */
export class DispatchExchange {
  readonly #start: SentMessageStart
  readonly #settings: DispatchSettings
  readonly #owner: DispatchExchangeOwner
  readonly #body: DispatchBody
  readonly #abort = new AbortController()
  /** The request's body, when it goes its way unread. */
  readonly #passed: ReadableStream<Uint8Array> | undefined
  #dispatcher: Dispatcher | undefined
  #reader: BodyReader | undefined
  #headTimer: Timer | undefined
  #answerHead: ResponseHead | undefined
  /** Why the request cannot be sent, found out as it came. */
  #refusal: ProxyError | undefined
  #isRequestOver = false
  #isOver = false

  constructor(start: SentMessageStart, settings: DispatchSettings, owner: DispatchExchangeOwner) {
    this.#start = start
    this.#settings = settings
    this.#owner = owner
    this.#body = new DispatchBody(() => runSoon(() => owner.drained()))
    this.#passed = start.source instanceof FetchHead ? start.source.body?.take() : undefined
    // A small request is whole by then, and needs no stream for its body.
    runSoon(() => void this.#run())
  }

  /** Whether the request has come whole. */
  get isRequestOver(): boolean {
    return this.#isRequestOver
  }

  /** Whether a body moves without being seen here. */
  get isBodyPassing(): boolean {
    return (this.#passed !== undefined && !this.#isRequestOver) || this.#answerHead?.isBodyPassed === true
  }

  /** Whether the writer has to wait until it is told that the body drained. */
  get isFull(): boolean {
    return this.#body.isFull
  }

  data(event: Data): void {
    this.#body.push(event)
  }

  end(event: MessageEnd): void {
    this.#isRequestOver = true
    if (event.tail !== undefined && Object.keys(event.tail).length > 0) {
      const text = 'Cannot send trailers by fetch: a target "tcp://host:port" takes them'
      this.#refusal = new ProxyError('UNSUPPORTED_TRANSFER_CODING', text)
      if (this.#dispatcher !== undefined) runSoon(() => this.#fail(this.#refusal))
    }
    this.#body.end()
  }

  /** Nobody waits for the answer any more. */
  close(): void {
    if (this.#isOver) return
    this.#finish(false)
    this.#stop(new ProxyError('CLOSED', 'Cannot go on: the connection is closed'))
  }

  async #run(): Promise<void> {
    if (this.#isOver) return
    const { target, pool } = this.#settings
    try {
      if (this.#refusal !== undefined) throw this.#refusal
      const asked = createDispatchRequest(this.#start, target)
      const request = this.#createRequest(asked)
      this.#dispatcher = pool.take(target.name, target.kind, target.send)
      const response = await this.#dispatcher
        .dispatch(request)
        .catch((error: unknown) => this.#resend(asked, request, error))
      if (this.#isOver) await response.body?.cancel()
      else if (response.status === 101) await this.#switch(response)
      else await this.#answer(response)
    } catch (error) {
      this.#fail(error)
    }
  }

  #createRequest(asked: DispatchRequest): Request {
    const { withLength } = this.#settings.target
    const { contentLength } = this.#start
    const taken = this.#passed ?? this.#body.take()
    const isStream = taken instanceof ReadableStream
    const isLengthDue = isStream && this.#passed === undefined && contentLength > 0
    const body = isLengthDue && withLength !== undefined ? withLength(taken, contentLength) : taken
    return asked.toRequest(body, this.#abort.signal)
  }

  /** After a failure; once. */
  async #resend(asked: DispatchRequest, request: Request, error: unknown): Promise<Response> {
    const dispatcher = this.#dispatcher as Dispatcher
    let failure = error
    try {
      if (!this.#isOver && this.#mayResend(dispatcher, request, error))
        return await dispatcher.dispatch(this.#createRequest(asked))
    } catch (secondError) {
      failure = secondError
    }
    // Whether the target was reached at all is not told; a request that may not be sent twice must not be.
    throw ProxyError.from(failure, 'CONNECTION_CLOSED', `Cannot get an answer from "${this.#settings.target.name}"`)
  }

  /**
   * Runtimes keep connections of their own, which upstreams may close just as a request goes out. It goes out once more if
   * it may (RFC 9110 9.2.2), and if there can have been such a connection: this is not the first use.
   */
  #mayResend({ kind, requests }: Dispatcher, { method, body }: Request, error: unknown): boolean {
    if (kind !== 'fetch' || requests < 2 || error instanceof ProxyError) return false
    return body === null && IDEMPOTENT_METHODS.has(method) && this.#isRequestOver && this.#start.settings.upgrade === ''
  }

  async #answer(response: Response): Promise<void> {
    const isLast = !this.#isRequestOver
    const { head, body } = openResponse(response, this.#start, this.#settings.target, !isLast)
    const resumed = this.#owner.untilResumed()
    if (resumed !== undefined) await resumed
    if (this.#isOver) return
    this.#answerHead = head
    if (body === undefined) {
      this.#owner.deliver(new MessageStart(undefined, head))
      this.#end(isLast)
      return response.body?.cancel()
    }
    const isShort = head.contentLength >= 0 && head.contentLength <= SHORT_BODY_BYTES
    if (head.body === undefined) return this.#sendBody(head, body, isLast, isShort)
    this.#owner.deliver(new MessageStart(undefined, head))
    if (head.body.done === undefined) return this.#sendBody(head, body, isLast, false)
    await this.#untilPassed(head.body.done)
    this.#end(isLast)
  }

  /** The answer is over. */
  #end(isLast: boolean): void {
    if (this.#isOver) return
    this.#finish(false)
    this.#body.discard()
    this.#owner.answered(isLast)
  }

  async #untilPassed(passed: Promise<void>): Promise<void> {
    try {
      await passed
    } catch (error) {
      throw ProxyError.from(error, 'CONNECTION_RESET', `Cannot pass on the answer of "${this.#settings.target.name}"`)
    }
  }

  /** @param isShort it goes with its head in one turn: then the client's side needs no stream for it */
  async #sendBody(
    head: ResponseHead,
    body: ReadableStream<Uint8Array>,
    isLast: boolean,
    isShort: boolean,
  ): Promise<void> {
    const isOffered = head.body !== undefined
    head.keepBody()
    const { setTimer, target } = this.#settings
    const reader = isShort ? body.getReader() : (target.openBody?.(body) ?? body.getReader())
    this.#reader = reader
    // A body that was offered and not taken was offered with its head.
    let isHeadDue = !isOffered
    const sendHead = (): void => {
      if (isHeadDue && !this.#isOver) this.#owner.deliver(new MessageStart(undefined, head))
      isHeadDue = false
    }
    if (isShort) this.#headTimer = setTimer(sendHead, MAX_HEAD_HOLD_MS)
    else sendHead()
    const isCounted = head.contentLength >= 0
    for (let left = head.contentLength; left !== 0; ) {
      const { done, value } = await reader.read().catch((error: unknown) => this.#failReading(error))
      if (this.#isOver) return
      left -= done ? 0 : value.length
      if (isCounted && (left < 0 || done)) throw lengthMismatch(left, 'upstream')
      sendHead()
      if (done) break
      this.#owner.deliver(Data.view(value, 0, value.length, 'owned'))
      if (left === 0) break
      const resumed = this.#owner.untilResumed()
      if (resumed !== undefined) await resumed
      if (this.#isOver) return
    }
    sendHead()
    this.#end(isLast)
  }

  #failReading(error: unknown): never {
    throw ProxyError.from(error, 'CONNECTION_RESET', `Cannot read on from "${this.#settings.target.name}"`)
  }

  async #switch(response: Response): Promise<void> {
    const { target, random } = this.#settings
    const end = (): void => {
      this.#finish(false)
      this.#owner.tunnelEnded()
    }
    const write = (bytes: Uint8Array): void => this.#owner.deliver(Data.view(bytes, 0, bytes.length, 'owned'))
    const switched = await switchToWebSocket(response, this.#start, target, { sink: { write, end }, random })
    if (this.#isOver) return switched.giveUp()
    this.#answerHead = switched.head
    this.#owner.deliver(new MessageStart(undefined, switched.head))
    this.#owner.switched(switched.open())
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    const failure = ProxyError.from(error, 'CONNECTION_CLOSED', 'Cannot dispatch request')
    if (this.#dispatcher === undefined || failure === this.#refusal) return this.#refuse(failure)
    this.#finish(true)
    this.#stop(failure)
    this.#owner.failed(failure)
  }

  /** Answers instead of the upstream: whoever asked learns what to do. */
  #refuse(error: ProxyError): void {
    if (this.#isOver) return
    this.#finish(true)
    this.#stop(error)
    if (this.#answerHead !== undefined) return this.#owner.failed(error)
    const { status, reason, message } = error
    const text = new Data(`${message}\n`)
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(text.size) }
    const head = new ResponseHead(new Response(null, { status, statusText: reason, headers }), { isPersistent: false })
    this.#owner.deliver(new MessageStart(undefined, head))
    if (this.#start.method !== 'HEAD') this.#owner.deliver(text)
    this.#owner.answered(true)
  }

  #stop(error: ProxyError): void {
    this.#body.abort(error)
    this.#abort.abort(error)
    // How the upstream's stream takes that it is not wanted any more is its own affair.
    this.#reader?.cancel(error).catch(() => undefined)
  }

  #finish(isError: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#headTimer?.cancel()
    if (this.#dispatcher !== undefined) this.#settings.pool.giveBack(this.#dispatcher, isError)
  }
}
