import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { Filter } from '../engine/filter.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, MessageEnd, MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'
import { MessageDecoder } from '../http/message-decoder.ts'
import { MessageEncoder } from '../http/message-encoder.ts'
import { ParsedHead } from '../http/parsed-head.ts'
import { LIMITS } from '../limits.ts'
import { DemuxHttpPosition } from './demux-http-position.ts'
import { HttpExchange } from './http-exchange.ts'

export interface DemuxHttpOptions {
  /** Start line and header lines of one request; beyond it 431, or 414 within the first line. @default 16,384 */
  readonly maxHeaderBytes?: number
  /** Header lines of one request; 431. @default 100 */
  readonly maxHeaderCount?: number
  /** Requests under way at once on one connection; then it is not read further. @default 32 */
  readonly maxPipelinedRequests?: number
  /** From the first byte of a head to its end; 408. 0 waits for ever. @default 60,000 */
  readonly headTimeoutMs?: number
}

/**
 * The server's side of HTTP/1.1 (RFC 9112): takes a client connection's bytes apart into requests, runs each through a
 * pipeline of its own, with a copy of the context, and sends the answers back in the order of the requests.
 *
 * Every request is answered once. A pipeline that fails or ends without an answer is answered for: with the status of
 * the error, 500 otherwise; one that fails inside the answer's body has the connection cut. What is no HTTP is refused
 * with 400, 408, 413, 414, 431, 501 or 505, and the connection closed.
 * @param reference the pipeline that takes a request in and gives its answer out
 */
export function demuxHTTP<V = Variables>(
  reference: PipelineReference<V>,
  options: DemuxHttpOptions = {},
): FilterRecipe<V> {
  return {
    name: 'demuxHTTP',
    pipelines: [reference],
    bind: (scope) => {
      const position = new DemuxHttpPosition(scope, scope.layout(reference), options)
      return (pipeline) => new DemuxHttpFilter(pipeline, position)
    },
  }
}

/** One client connection. */
export class DemuxHttpFilter<V = Variables> extends Filter<V> {
  readonly #position: DemuxHttpPosition<V>
  readonly #decoder: MessageDecoder
  readonly #encoder: MessageEncoder
  readonly #inbound: InboundConnection | undefined
  /** Requests that are not answered, oldest first. */
  #exchanges: HttpExchange<V>[] = []
  /** The request whose body is coming in. */
  #receiving: HttpExchange<V> | undefined
  /** Bytes behind the requests that are under way, while those are enough. */
  #rest: Data[] = []
  #isDecoding = false
  #holdsSource = false
  /** A request that does not leave the connection open has come: what follows it is not read. */
  #isLastRequest = false
  #isInputOver = false
  #isOutputOver = false
  /** The rest of the connection's bytes is of no interest: the last request has come, or something that is none. */
  #isDiscarding = false
  #discardedBytes = 0
  #outputPauses = 0
  /** When the head that is coming in began, in ticks of the position. */
  #headSince = -1

  constructor(pipeline: Pipeline<V>, position: DemuxHttpPosition<V>) {
    super(pipeline)
    this.#position = position
    const { limits, decodeLatin1 } = position
    const requests: Receiver = { process: (event) => this.#takeRequestEvent(event) }
    const answers: Receiver = { process: (event) => this.next.process(event) }
    this.#decoder = new MessageDecoder({ isRequest: true, limits, decodeLatin1 }, requests)
    this.#encoder = new MessageEncoder(false, answers)
    const inbound = pipeline.context.__inbound
    this.#inbound = inbound instanceof InboundConnection ? inbound : undefined
    position.add(this)
  }

  /** Whether a request is under way or has begun to come. */
  get isBusy(): boolean {
    return this.#exchanges.length > 0 || this.#decoder.isInMessage || this.#rest.length > 0
  }

  override process(event: Event): void {
    if (event.type === 'Data') this.#takeBytes(event)
    else if (event.type === 'StreamEnd') this.#endInput(event)
  }

  override pause(): void {
    if (this.#outputPauses++ === 0) this.#exchanges[0]?.pauseOutput()
  }

  override resume(): void {
    if (--this.#outputPauses === 0) this.#exchanges[0]?.resumeOutput()
  }

  override close(): void {
    this.#isInputOver = true
    this.#isOutputOver = true
    this.#rest = []
    this.#receiving = undefined
    this.#position.remove(this)
    for (const exchange of this.#exchanges.splice(0)) {
      this.#settle(exchange)
      exchange.close()
    }
  }

  /** The proxy stops: a connection that nothing is owed to ends now, any other after its answers. */
  drain(): void {
    if (!this.isBusy) this.#endOutput(new StreamEnd())
  }

  /** Refuses a head that has been coming for too long. */
  checkHeadTimeout(timeoutMs: number): void {
    if (this.#headSince < 0 || !this.#position.ticker.isOver(this.#headSince, timeoutMs)) return
    this.#headSince = -1
    this.#refuse(new ProxyError('REQUEST_TIMEOUT', `Cannot wait longer for the head of a request: ${timeoutMs} ms are over`))
  }

  /** What the answer's pipeline of the oldest request gives. */
  send(exchange: HttpExchange<V>, event: Event): void {
    switch (event.type) {
      case 'MessageStart':
        return this.#startAnswer(exchange, event)
      case 'Data':
        if (exchange.isAnswering) this.#check(exchange, this.#encoder.data(event))
        return
      case 'MessageEnd': {
        if (!exchange.isAnswering) return
        const error = this.#encoder.end(event)
        if (error === undefined) this.#finish(exchange)
        else this.#check(exchange, error)
        return
      }
      case 'StreamEnd':
        return this.#endAnswer(exchange, event)
    }
  }

  /** Sends an interim answer, if it is this request's turn. */
  sendInterim(exchange: HttpExchange<V>, text: string): boolean {
    if (this.#exchanges[0] !== exchange || exchange.isAnswering || this.#isOutputOver) return false
    this.next.process(Data.latin1(text))
    return true
  }

  isFirst(exchange: HttpExchange<V>): boolean {
    return this.#exchanges[0] === exchange
  }

  #takeBytes(data: Data): void {
    if (this.#isDiscarding || (this.#isLastRequest && this.#receiving === undefined)) return this.#discard(data.size)
    if (this.#rest.length > 0) {
      this.#rest.push(data.keep())
      return
    }
    this.#decode(data)
  }

  #decode(data: Data): void {
    const { size } = data
    let taken = size
    this.#isDecoding = true
    try {
      taken = this.#decoder.decode(data)
    } catch (error) {
      this.#isDecoding = false
      return this.#refuse(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take request'))
    }
    this.#isDecoding = false
    if (this.#decoder.isInHead) this.#watchHead()
    else this.#headSince = -1
    if (taken === size || this.#isInputOver) return
    if (this.#isDiscarding || this.#isLastRequest) return this.#discard(size - taken)
    this.#rest.unshift(data.slice(taken, size).keep())
    if (this.#holdsSource) return
    this.#holdsSource = true
    this.prev.pause()
  }

  #watchHead(): void {
    if (this.#headSince >= 0) return
    this.#headSince = this.#position.ticker.count
    this.#position.watchHeads()
  }

  #takeRequestEvent(event: Event): void {
    if (event.type === 'MessageStart') return this.#startRequest(event)
    const exchange = this.#receiving
    if (exchange === undefined) {
      // The answer is complete already: what is left of the request is read so that the connection stays usable.
      if (event.type === 'Data') this.#discard(event.size)
      return
    }
    if (event.type === 'Data') return exchange.input(event)
    this.#receiving = undefined
    if (this.#inbound !== undefined) this.#inbound.requestsInFlight++
    exchange.endRequest(event)
  }

  #startRequest(event: MessageStart): void {
    const head = event.source as ParsedHead
    const exchange = new HttpExchange(this, this.#position.layout, this.pipeline, head)
    this.#receiving = exchange
    this.#exchanges.push(exchange)
    this.#discardedBytes = 0
    this.#isLastRequest = !head.isPersistent
    this.#decoder.isHalted = this.#isLastRequest || this.#exchanges.length >= this.#position.maxPipelinedRequests
    if (this.#outputPauses > 0 && this.#exchanges.length === 1) exchange.pauseOutput()
    exchange.start(event)
  }

  #startAnswer(exchange: HttpExchange<V>, event: MessageStart): void {
    if (exchange.isAnswering) return this.#check(exchange, secondAnswer())
    if (isInterim(event)) return exchange.sendInterim(event)
    exchange.isAnswering = true
    const { method, head } = exchange
    const isPersistent = head.isPersistent && !this.#isDiscarding && !this.#position.isDraining && !exchange.isBodyInDoubt
    const error = this.#encoder.start(event, { requestMethod: method, minorVersion: head.minorVersion, isPersistent })
    this.#check(exchange, error)
  }

  /** An answer that cannot be sent as it is: told to the client while that is possible. */
  #check(exchange: HttpExchange<V>, error: ProxyError | undefined): void {
    if (error === undefined) return
    this.#position.log.error(error.message, error)
    this.#endAnswer(exchange, new StreamEnd(error))
  }

  #endAnswer(exchange: HttpExchange<V>, event: StreamEnd): void {
    if (exchange.isAnswering && this.#encoder.hasWrittenHead) {
      const text = 'Cannot go on: the answer ended inside its body'
      return this.#cut(event.error ?? new ProxyError('TRUNCATED_MESSAGE', text, { source: 'upstream' }))
    }
    const error =
      event.error === undefined
        ? new ProxyError('NO_RESPONSE', `Cannot answer: ${this.#position.layout.title} ended without an answer`)
        : ProxyError.from(event.error, 'CALLBACK_FAILED', 'Cannot answer')
    if (event.error === undefined) this.#position.log.error(error.message, error)
    else this.#position.log.debug(`Answering ${exchange.method} ${exchange.head.path} with ${error.status}: ${error.message}`)
    exchange.isAnswering = false
    this.#answer(exchange, error)
  }

  #answer(exchange: HttpExchange<V>, error: ProxyError): void {
    const { head, body } = createErrorMessage(error)
    this.#startAnswer(exchange, new MessageStart(head))
    if (body !== undefined) this.#encoder.data(body)
    this.#encoder.end(new MessageEnd())
    this.#finish(exchange)
  }

  /** The answer has gone out whole. */
  #finish(exchange: HttpExchange<V>): void {
    this.#exchanges.shift()
    this.#settle(exchange)
    if (this.#receiving === exchange) this.#receiving = undefined
    exchange.close()
    if (this.#encoder.isLast) return this.#endOutput(new StreamEnd())
    const [next] = this.#exchanges
    if (next === undefined) {
      // An answer that began before the proxy was told to stop has promised to keep the connection open.
      const isLast = this.#isInputOver || (this.#position.isDraining && this.#rest.length === 0)
      if (isLast) return this.#endOutput(new StreamEnd())
    } else {
      if (this.#outputPauses > 0) next.pauseOutput()
      next.becomeFirst()
    }
    this.#takeRest()
  }

  #settle(exchange: HttpExchange<V>): void {
    if (this.#inbound !== undefined && exchange.isRequestOver) this.#inbound.requestsInFlight--
  }

  /** There is room for more requests: reads those that wait. */
  #takeRest(): void {
    if (this.#isOutputOver || this.#isDiscarding || this.#isLastRequest) return
    if (this.#exchanges.length >= this.#position.maxPipelinedRequests) return
    this.#decoder.isHalted = false
    // Inside decode the loop there goes on by itself.
    if (this.#isDecoding) return
    while (this.#rest.length > 0 && !this.#decoder.isHalted) this.#decode(this.#rest.shift() as Data)
    if (this.#rest.length > 0 || !this.#holdsSource) return
    this.#holdsSource = false
    this.prev.resume()
  }

  /** Something came that is no HTTP: it is answered in its turn, and nothing more is read. */
  #refuse(error: ProxyError): void {
    this.#position.log.debug(`Refusing a request: ${error.message}`)
    this.#isDiscarding = true
    const receiving = this.#receiving
    this.#receiving = undefined
    if (receiving !== undefined) {
      receiving.refuse(error)
      return
    }
    const exchange = HttpExchange.refused(this, this.#position.layout, this.pipeline, error)
    this.#exchanges.push(exchange)
    if (this.#exchanges.length === 1) exchange.becomeFirst()
  }

  /** RFC 9112 9.6: reads on for a while, so that the client gets to see the answer before the connection breaks. */
  #discard(size: number): void {
    this.#discardedBytes += size
    if (this.#discardedBytes > LIMITS.maxDiscardedBytes) {
      this.#cut(new ProxyError('BODY_TOO_LARGE', 'Cannot read on: the request goes on long after its answer'))
    }
  }

  #endInput(event: StreamEnd): void {
    if (this.#isInputOver) return
    this.#isInputOver = true
    if (event.error !== undefined) {
      for (const exchange of this.#exchanges.splice(0)) {
        this.#settle(exchange)
        exchange.abort(event)
      }
      this.#receiving = undefined
      return this.#endOutput(event)
    }
    const truncated = this.#isDiscarding ? undefined : this.#decoder.end()
    if (truncated !== undefined) this.#refuse(truncated)
    else if (this.#exchanges.length === 0) this.#endOutput(new StreamEnd())
  }

  /** Ends the connection so that the client sees that something is missing. */
  #cut(error: unknown): void {
    this.#isOutputOver = true
    this.next.process(new StreamEnd(error))
    for (const exchange of this.#exchanges.splice(0)) {
      this.#settle(exchange)
      exchange.close()
    }
  }

  #endOutput(event: StreamEnd): void {
    if (this.#isOutputOver) return
    this.#isOutputOver = true
    this.#isDiscarding = true
    this.next.process(event)
    for (const exchange of this.#exchanges.splice(0)) {
      this.#settle(exchange)
      exchange.close()
    }
  }
}

/** 101 is no interim answer: it ends HTTP on the connection. */
function isInterim(event: MessageStart): boolean {
  const status = event.isHeadRead || !(event.source instanceof ParsedHead) ? event.head?.status : event.source.status
  return status !== undefined && status < 200 && status !== 101
}

function secondAnswer(): ProxyError {
  return new ProxyError('INVALID_OUTPUT', 'Cannot send a second answer inside the first one')
}
