import type { Variables } from '../engine/context.ts'
import { Filter } from '../engine/filter.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { ProxyError } from '../errors.ts'
import { type Data, type Event, MessageStart, StreamEnd } from '../events.ts'
import type { MessageHead } from '../http/message-head.ts'
import { ClientProbe } from './client-probe.ts'
import type { DemuxHttpPosition } from './demux-http-position.ts'
import { HttpExchange } from './http-exchange.ts'
import { RequestReader } from './request-reader.ts'
import { requestTooLong } from './request-too-long.ts'
import { ResponseWriter, type ResponseWriterOwner } from './response-writer.ts'

/** One client connection. */
export class DemuxHttpFilter<V = Variables> extends Filter<V> implements ResponseWriterOwner<V> {
  readonly #position: DemuxHttpPosition<V>
  readonly #reader: RequestReader<V>
  readonly #writer: ResponseWriter<V>
  readonly #inbound: InboundConnection | undefined
  /** Requests that are not answered, oldest first. */
  #exchanges: HttpExchange<V>[] = []
  /** The request whose body is coming in. */
  #receiving: HttpExchange<V> | undefined
  /** The request that is coming in has its answer already. */
  #isBodyUnwanted = false
  #requestCount = 0
  #isInputOver = false
  #isOutputOver = false
  /** The upstream's side of a tunnel is over, the client's is not. */
  #isTunnelHalfOver = false
  #outputPauses = 0
  /** The exchange that ended last, which may take another request; and when it ended, in reads of the connection. */
  #ended: HttpExchange<V> | undefined
  #endedSince = 0
  /** Of a client that sends no more. */
  #probe: ClientProbe | undefined

  constructor(pipeline: Pipeline<V>, position: DemuxHttpPosition<V>) {
    super(pipeline)
    this.#position = position
    this.#reader = new RequestReader(this, position, pipeline)
    this.#writer = new ResponseWriter(this, position, pipeline, { process: (event) => this.next.process(event) })
    const inbound = pipeline.context.__inbound
    this.#inbound = inbound instanceof InboundConnection ? inbound : undefined
    position.add(this)
  }

  override process(event: Event): void {
    if (event.type === 'Data') this.#reader.take(event)
    else if (event.type === 'StreamEnd') this.#endInput(event)
    else this.#reader.takeEvent(event)
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
    this.#reader.close()
    this.#closeExchanges()
  }

  /** The proxy stops, and has waited a little: a connection that nothing is owed to ends now. */
  drain(): void {
    this.#endIfDone()
  }

  /** Ends what has been waiting for the client for too long. */
  checkTimeouts(): void {
    // A client that takes its time does not keep what its last request was about.
    if (this.isIdle) this.#ended = undefined
    this.#reader.checkTimeouts()
  }

  /** Whether nothing is owed to the client, which may take its time for its next request. */
  get isIdle(): boolean {
    return this.#exchanges.length === 0
  }

  /** Whether a body that does not come says nothing about the client: it is not read, waits for leave, or passes unseen. */
  get holdsBody(): boolean {
    const receiving = this.#receiving
    return receiving !== undefined && (receiving.holdsBody || receiving.head.isBodyPassed)
  }

  /** What the pipeline of the oldest request gives. */
  send(exchange: HttpExchange<V>, event: Event): void {
    this.#writer.send(exchange, event)
  }

  /** Whether it is this request's turn, and its answer has not begun: then interim ones can be sent. */
  isAwaiting(exchange: HttpExchange<V>): boolean {
    return this.#exchanges[0] === exchange && !exchange.isAnswering && !this.#isOutputOver
  }

  /** Sends an interim answer. @returns INVALID_OUTPUT when it cannot be sent */
  sendInterim(event: MessageStart): ProxyError | undefined {
    return this.#writer.sendInterim(event)
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
      else this.#isBodyUnwanted = false
      return
    }
    if (event.type === 'Data') return this.#takeBody(exchange, event)
    this.#receiving = undefined
    this.#count(exchange)
    exchange.endRequest(event)
  }

  /** Bytes of a client that has switched to another protocol. */
  takeTunnelBytes(data: Data): void {
    this.#exchanges[0]?.input(data)
  }

  /** The client sends no more through its tunnel. */
  endTunnelInput(): void {
    this.#exchanges[0]?.input(new StreamEnd())
  }

  /** Something came that is no HTTP: it is answered in its turn, and nothing more is read. */
  refuse(error: ProxyError): void {
    if (this.#isOutputOver) return
    this.#position.log.debug(`Refusing a request: ${error.message}`)
    const receiving = this.#receiving
    this.#receiving = undefined
    this.#reader.stop()
    if (receiving !== undefined) {
      receiving.refuse(error)
    } else if (this.#isBodyUnwanted) {
      // The body of a request that has its answer: another one would be taken for that of the next request.
      this.#endOutput(new StreamEnd())
    } else {
      const exchange = HttpExchange.refused(this, this.#position.layout, this.pipeline, error)
      this.#exchanges.push(exchange)
      if (this.#exchanges.length === 1) exchange.becomeFirst()
    }
  }

  /** The client has been silent between two requests for too long. */
  endIdle(): void {
    if (this.isIdle) this.#endOutput(new StreamEnd())
  }

  /** The client sends on what nobody wants: the connection ends, once nothing is owed any more. */
  endUnwanted(): void {
    if (this.isIdle) this.#endOutput(new StreamEnd())
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
    const position = this.#position
    this.#isBodyUnwanted = false
    const given = event.source as MessageHead
    position.check(given)
    // Nobody but those who see it can tell whether it becomes too long.
    if (position.maxBodyBytes > 0 && given.contentLength < 0) given.keepBody()
    const head = position.toForwardedHead(given, this.#inbound)
    const exchange = this.#openExchange(head)
    this.#receiving = exchange
    this.#exchanges.push(exchange)
    const isLast = ++this.#requestCount === position.maxRequests
    // What follows is HTTP or not: the answer decides.
    if (head.mayTunnel) this.#reader.halt()
    else if (isLast || !head.isPersistent) this.#reader.stopAfterMessage()
    else if (this.#exchanges.length >= position.maxPipelinedRequests) this.#reader.halt()
    if (this.#outputPauses > 0 && this.#exchanges.length === 1) exchange.pauseOutput()
    exchange.start(head === given ? event : new MessageStart(undefined, head))
  }

  /** An exchange that ended before these bytes came has nothing left on the stack: it can be used again. */
  #openExchange(head: MessageHead): HttpExchange<V> {
    const ended = this.#ended
    if (ended !== undefined && this.#inbound?.readCount !== this.#endedSince) {
      this.#ended = undefined
      if (ended.reopen(head, this.pipeline.copyContext())) return ended
    }
    return new HttpExchange(this, this.#position.layout, this.pipeline, head)
  }

  #takeBody(exchange: HttpExchange<V>, data: Data): void {
    const { maxBodyBytes } = this.#position
    exchange.bodyBytes += data.size
    if (maxBodyBytes > 0 && exchange.bodyBytes > maxBodyBytes) throw requestTooLong(maxBodyBytes)
    exchange.input(data)
  }

  get hasOthersWaiting(): boolean {
    return this.#exchanges.length > 1
  }

  stopAfterMessage(): void {
    this.#reader.stopAfterMessage()
  }

  isLast(exchange: HttpExchange<V>): boolean {
    const { maxRequests } = this.#position
    // RFC 9931 8: what follows a refused CONNECT may be the bytes of a client that did not wait for the answer.
    if (exchange.head.isConnect) return true
    if (this.#reader.isStopping || exchange.isBodyInDoubt || !exchange.head.isPersistent) return true
    if (maxRequests > 0 && this.#requestCount >= maxRequests) return true
    return this.#position.isDraining && !this.#reader.isBusy
  }

  startTunnel(exchange: HttpExchange<V>): void {
    this.#settle(exchange)
    exchange.tunnel()
    this.#reader.tunnel()
  }

  /** The upstream sends no more: the client may, until it ends as well. */
  endTunnel(event: StreamEnd): void {
    if (this.#isInputOver) return this.#endOutput(event)
    this.#isTunnelHalfOver = true
    this.next.process(event)
  }

  /** The answer has gone out whole. */
  finish(exchange: HttpExchange<V>): void {
    // The usual one request at a time needs no shifting.
    if (this.#exchanges.length === 1) this.#exchanges.pop()
    else this.#exchanges.shift()
    this.#settle(exchange)
    if (this.#receiving === exchange) {
      this.#receiving = undefined
      this.#isBodyUnwanted = true
    }
    exchange.close()
    this.#keep(exchange)
    if (this.#writer.isLast) return this.#endOutput(new StreamEnd())
    const [next] = this.#exchanges
    if (next !== undefined) {
      if (this.#outputPauses > 0) next.pauseOutput()
      next.becomeFirst()
      if (this.#isInputOver && !this.#isOutputOver) this.#probeClient()
    }
    this.#readOn()
    this.#reader.touch()
    this.#endIfDone()
  }

  #keep(exchange: HttpExchange<V>): void {
    if (this.#inbound === undefined) return
    this.#ended = exchange
    this.#endedSince = this.#inbound.readCount
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
    if (last !== undefined && last.head.mayTunnel) return
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
      if (this.#exchanges.length > 0 && !this.#isOutputOver) this.#probeClient()
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

  /** The client is owed an answer: is it still there? */
  #probeClient(): void {
    this.#probe ??= new ClientProbe(this.#position.transport, () => this.#exchanges[0]?.sendContinue() === true)
    this.#probe.start()
  }

  /** Nothing is owed to the client, and nothing more will come or is wanted. */
  #endIfDone(): void {
    if (this.#exchanges.length > 0 || this.#isOutputOver) return
    if (this.#reader.isOver || (this.#position.isGraceOver && !this.#reader.isBusy)) this.#endOutput(new StreamEnd())
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
    this.#probe?.stop()
    for (const exchange of this.#exchanges.splice(0)) {
      this.#settle(exchange)
      exchange.close()
    }
  }
}
