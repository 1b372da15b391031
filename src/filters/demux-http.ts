import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { Filter } from '../engine/filter.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, MessageEnd, MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'
import { MessageEncoder, PLAIN_MESSAGE } from '../http/message-encoder.ts'
import { ParsedHead } from '../http/parsed-head.ts'
import { DemuxHttpPosition } from './demux-http-position.ts'
import { HttpExchange } from './http-exchange.ts'
import { RequestReader } from './request-reader.ts'

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
  readonly #reader: RequestReader<V>
  readonly #encoder: MessageEncoder
  readonly #inbound: InboundConnection | undefined
  /** Requests that are not answered, oldest first. */
  #exchanges: HttpExchange<V>[] = []
  /** The request whose body is coming in. */
  #receiving: HttpExchange<V> | undefined
  #isInputOver = false
  #isOutputOver = false
  /** The upstream's side of a tunnel is over, the client's is not. */
  #isTunnelHalfOver = false
  #outputPauses = 0

  constructor(pipeline: Pipeline<V>, position: DemuxHttpPosition<V>) {
    super(pipeline)
    this.#position = position
    this.#reader = new RequestReader(this, position)
    const answers: Receiver = { process: (event) => this.next.process(event) }
    this.#encoder = new MessageEncoder(false, answers)
    const inbound = pipeline.context.__inbound
    this.#inbound = inbound instanceof InboundConnection ? inbound : undefined
    position.add(this)
  }

  override process(event: Event): void {
    if (event.type === 'Data') this.#reader.take(event)
    else if (event.type === 'StreamEnd') this.#endInput(event)
  }

  /** Whoever takes the answers is full: nothing else is begun, since its answer could not go out. */
  override pause(): void {
    if (this.#outputPauses++ > 0) return
    this.#reader.halt()
    this.#exchanges[0]?.pauseOutput()
  }

  override resume(): void {
    if (--this.#outputPauses > 0) return
    this.#exchanges[0]?.resumeOutput()
    this.#readOn()
  }

  override close(): void {
    this.#isOutputOver = true
    this.#receiving = undefined
    this.#position.remove(this)
    this.#reader.stop()
    this.#closeExchanges()
  }

  /** The proxy stops: a connection that nothing is owed to ends now, any other after its answers. */
  drain(): void {
    this.#endIfDone()
  }

  /** Refuses a head that has been coming for too long. */
  checkHeadTimeout(timeoutMs: number): void {
    this.#reader.checkHeadTimeout(timeoutMs)
  }

  /** What the answer's pipeline of the oldest request gives. */
  send(exchange: HttpExchange<V>, event: Event): void {
    switch (event.type) {
      case 'MessageStart':
        return this.#startAnswer(exchange, event)
      case 'Data':
        if (exchange.isTunnel) this.next.process(event)
        else if (exchange.isAnswering) this.#check(exchange, this.#encoder.data(event))
        return
      case 'MessageEnd': {
        if (!exchange.isAnswering || exchange.isTunnel) return
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

  /** An event of the request that is coming in. */
  takeRequestEvent(event: Event): void {
    if (event.type === 'MessageStart') return this.#startRequest(event)
    const exchange = this.#receiving
    if (exchange === undefined) {
      // The answer is complete already: what is left of the request is read so that the connection stays usable.
      if (event.type === 'Data') this.#reader.discard(event.size)
      return
    }
    if (event.type === 'Data') return exchange.input(event)
    this.#receiving = undefined
    this.#count(exchange)
    exchange.endRequest(event)
  }

  /** Bytes of a client that has switched to another protocol. */
  takeTunnelBytes(data: Data): void {
    this.#exchanges[0]?.input(data)
  }

  /** Something came that is no HTTP: it is answered in its turn, and nothing more is read. */
  refuse(error: ProxyError): void {
    if (this.#isOutputOver) return
    this.#position.log.debug(`Refusing a request: ${error.message}`)
    const isAnswered = this.#reader.isInBody && this.#receiving === undefined
    const receiving = this.#receiving
    this.#receiving = undefined
    this.#reader.stop()
    if (receiving !== undefined) {
      receiving.refuse(error)
    } else if (isAnswered) {
      // The body of a request that has its answer: another one would be taken for that of the next request.
      this.#endOutput(new StreamEnd())
    } else {
      const exchange = HttpExchange.refused(this, this.#position.layout, this.pipeline, error)
      this.#exchanges.push(exchange)
      if (this.#exchanges.length === 1) exchange.becomeFirst()
    }
  }

  /** Ends the connection so that the client sees that something is missing. */
  cut(error: unknown): void {
    this.#isOutputOver = true
    this.#receiving = undefined
    this.#reader.stop()
    this.next.process(new StreamEnd(error))
    this.#closeExchanges()
  }

  #startRequest(event: MessageStart): void {
    const head = event.source as ParsedHead
    const exchange = new HttpExchange(this, this.#position.layout, this.pipeline, head)
    this.#receiving = exchange
    this.#exchanges.push(exchange)
    if (!head.isPersistent) this.#reader.stopAfterMessage()
    // What follows is HTTP or not: the answer decides.
    else if (head.upgrade !== '') this.#reader.halt()
    else if (this.#exchanges.length >= this.#position.maxPipelinedRequests) this.#reader.halt()
    if (this.#outputPauses > 0 && this.#exchanges.length === 1) exchange.pauseOutput()
    exchange.start(event)
  }

  #startAnswer(exchange: HttpExchange<V>, event: MessageStart): void {
    if (exchange.isAnswering) return this.#check(exchange, invalid('Cannot send a second answer inside the first one'))
    const status = statusOf(event)
    if (status === 101) return this.#startTunnel(exchange, event)
    if (status < 200) return this.#check(exchange, exchange.sendInterim(event))
    exchange.isAnswering = true
    const { method, head } = exchange
    const isPersistent = this.#exchanges.length > 1 || !this.#isLast(exchange)
    const error = this.#encoder.start(event, {
      requestMethod: method,
      minorVersion: head.minorVersion,
      isPersistent,
      upgrade: '',
    })
    if (this.#encoder.isLast) this.#reader.stopAfterMessage()
    this.#check(exchange, error)
  }

  /** The upstream has agreed to another protocol (RFC 9110 15.2.2): from here on both sides' bytes pass as they are. */
  #startTunnel(exchange: HttpExchange<V>, event: MessageStart): void {
    const upgrade = event.source instanceof ParsedHead ? event.source.upgrade : ''
    const isAsked = exchange.head.upgrade !== '' && exchange.isRequestOver && this.#exchanges.length === 1
    if (!isAsked || upgrade === '')
      return this.#check(exchange, invalid('Cannot switch protocols: the client did not ask for it'))
    const error = this.#encoder.start(event, { ...PLAIN_MESSAGE, upgrade })
    if (error !== undefined) return this.#check(exchange, error)
    exchange.isAnswering = true
    this.#settle(exchange)
    exchange.tunnel()
    this.#reader.tunnel()
    if (this.#isInputOver) exchange.input(new StreamEnd())
  }

  /** Whether the connection ends after the answer to this request, the only one under way. */
  #isLast(exchange: HttpExchange<V>): boolean {
    if (this.#reader.isStopping || exchange.isBodyInDoubt) return true
    return this.#position.isDraining && !this.#reader.isBusy
  }

  /** An answer that cannot be sent as it is: told to the client while that is possible. */
  #check(exchange: HttpExchange<V>, error: ProxyError | undefined): void {
    if (error === undefined) return
    this.#position.log.error(error.message, error)
    this.#endAnswer(exchange, new StreamEnd(error))
  }

  #endAnswer(exchange: HttpExchange<V>, event: StreamEnd): void {
    if (exchange.isTunnel && event.error === undefined) return this.#endTunnel(event)
    if (exchange.isAnswering && this.#encoder.hasWrittenHead) {
      const text = 'Cannot go on: the answer ended inside its body'
      return this.cut(event.error ?? new ProxyError('TRUNCATED_MESSAGE', text, { source: 'upstream' }))
    }
    const error =
      event.error === undefined
        ? new ProxyError('NO_RESPONSE', `Cannot answer: ${this.#position.layout.title} ended without an answer`)
        : ProxyError.from(event.error, 'CALLBACK_FAILED', 'Cannot answer')
    if (event.error === undefined) this.#position.log.error(error.message, error)
    else
      this.#position.log.debug(
        `Answering ${exchange.method} ${exchange.head.path} with ${error.status}: ${error.message}`,
      )
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

  /** The upstream sends no more: the client may, until it ends as well. */
  #endTunnel(event: StreamEnd): void {
    if (this.#isInputOver) return this.#endOutput(event)
    this.#isTunnelHalfOver = true
    this.next.process(event)
  }

  /** The answer has gone out whole. */
  #finish(exchange: HttpExchange<V>): void {
    // The usual one request at a time needs no shifting.
    if (this.#exchanges.length === 1) this.#exchanges.pop()
    else this.#exchanges.shift()
    this.#settle(exchange)
    if (this.#receiving === exchange) this.#receiving = undefined
    exchange.close()
    if (this.#encoder.isLast) return this.#endOutput(new StreamEnd())
    const [next] = this.#exchanges
    if (next !== undefined) {
      if (this.#outputPauses > 0) next.pauseOutput()
      next.becomeFirst()
    }
    this.#readOn()
    this.#endIfDone()
  }

  #count(exchange: HttpExchange<V>): void {
    if (this.#inbound === undefined) return
    exchange.isCounted = true
    this.#inbound.requestsInFlight++
  }

  #settle(exchange: HttpExchange<V>): void {
    if (this.#inbound === undefined || !exchange.isCounted) return
    exchange.isCounted = false
    this.#inbound.requestsInFlight--
  }

  /** Reads requests as long as there is room for them. */
  #readOn(): void {
    if (this.#isOutputOver || this.#outputPauses > 0) return
    const last = this.#exchanges.at(-1)
    if (last !== undefined && last.head.upgrade !== '') return
    if (this.#exchanges.length < this.#position.maxPipelinedRequests) this.#reader.readOn()
  }

  #endInput(event: StreamEnd): void {
    this.#isInputOver = true
    const [first] = this.#exchanges
    if (event.error === undefined && first?.isTunnel === true) {
      first.input(event)
      if (this.#isTunnelHalfOver) this.#endOutput(event)
      return
    }
    if (event.error === undefined) {
      this.#reader.end()
      this.#endIfDone()
      return
    }
    this.#reader.stop()
    this.#receiving = undefined
    for (const exchange of this.#exchanges.splice(0)) {
      this.#settle(exchange)
      exchange.abort(event)
    }
    this.#endOutput(event)
  }

  /** Nothing is owed to the client, and nothing more will come or is wanted. */
  #endIfDone(): void {
    if (this.#exchanges.length > 0 || this.#isOutputOver) return
    if (this.#reader.isOver || (this.#position.isDraining && !this.#reader.isBusy)) this.#endOutput(new StreamEnd())
  }

  #endOutput(event: StreamEnd): void {
    if (this.#isOutputOver) return
    this.#isOutputOver = true
    this.#receiving = undefined
    this.#reader.stop()
    if (this.#inbound !== undefined) this.#inbound.isInputUnwanted = true
    this.next.process(event)
    this.#closeExchanges()
  }

  #closeExchanges(): void {
    for (const exchange of this.#exchanges.splice(0)) {
      this.#settle(exchange)
      exchange.close()
    }
  }
}

function statusOf(event: MessageStart): number {
  const { source } = event
  // A request that comes back as its own answer has no status.
  if (!event.isHeadRead && source instanceof ParsedHead && !source.isRequest) return source.status
  return event.head?.status ?? 200
}

function invalid(message: string): ProxyError {
  return new ProxyError('INVALID_OUTPUT', message)
}
