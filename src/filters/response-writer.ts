import type { Variables } from '../engine/context.ts'
import { ProxyError } from '../errors.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { type Event, MessageEnd, MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'
import { EventWriter } from '../http/event-writer.ts'
import { MessageHead } from '../http/message-head.ts'
import { PLAIN_MESSAGE } from '../http/message-settings.ts'
import type { MessageWriter } from '../http-codec.ts'
import type { DemuxHttpPosition } from './demux-http-position.ts'
import type { HttpExchange } from './http-exchange.ts'
import { isAskedProtocol } from './is-asked-protocol.ts'
import { TunnelStart } from './tunnel-start.ts'

/** What the answers of a client connection depend on beside themselves. */
export interface ResponseWriterOwner<V> {
  /** Whether other requests of the connection wait behind the one that is being answered. */
  readonly hasOthersWaiting: boolean
  /** Whether the connection ends after the answer to this request, the only one under way. */
  isLast(exchange: HttpExchange<V>): boolean
  /** The answer being sent is the connection's last. */
  stopAfterMessage(): void
  /** The answer has gone out whole. */
  finish(exchange: HttpExchange<V>): void
  /** Client and upstream have agreed to speak something else from here on. */
  startTunnel(exchange: HttpExchange<V>): void
  /** The upstream's side of a tunnel is over. */
  endTunnel(event: StreamEnd): void
  /** Ends the connection so that the client sees that something is missing. */
  cut(error: unknown): void
}

/**
 * The output of a client connection: writes the answer to the oldest request. One that cannot be sent as it is becomes
 * an error's answer while its head has not left, and cuts the connection afterwards.
 */
export class ResponseWriter<V = Variables> {
  readonly #owner: ResponseWriterOwner<V>
  readonly #position: DemuxHttpPosition<V>
  readonly #output: Receiver
  readonly #encoder: MessageWriter
  #isInterim = false

  /** @param pipeline tells whether messages leave as bytes or as events */
  constructor(owner: ResponseWriterOwner<V>, position: DemuxHttpPosition<V>, pipeline: Pipeline<V>, output: Receiver) {
    this.#owner = owner
    this.#position = position
    this.#output = output
    this.#encoder = pipeline.carriesMessages ? new EventWriter(false, output) : position.http1.write(false, output)
  }

  /** Whether the connection has to be closed after the answer that was sent last. */
  get isLast(): boolean {
    return this.#encoder.isLast
  }

  /** What the pipeline of the oldest request gives. */
  send(exchange: HttpExchange<V>, event: Event): void {
    switch (event.type) {
      case 'MessageStart':
        return this.#start(exchange, event)
      case 'Data':
        if (exchange.isTunnel) this.#output.process(event)
        else if (exchange.isAnswering) this.#check(exchange, this.#encoder.data(event))
        return
      case 'MessageEnd': {
        if (exchange.isTunnel) return
        if (!exchange.isAnswering) return this.#endInterim(exchange)
        const error = this.#encoder.end(event)
        if (error === undefined) this.#owner.finish(exchange)
        else this.#check(exchange, error)
        return
      }
      case 'StreamEnd':
        return this.#end(exchange, event)
    }
  }

  /** Sends an interim answer. @returns INVALID_OUTPUT when it cannot be sent */
  sendInterim(event: MessageStart): ProxyError | undefined {
    return this.#encoder.interim(event)
  }

  /** The end of an interim answer, or of nothing: then no answer would ever come. */
  #endInterim(exchange: HttpExchange<V>): void {
    if (this.#isInterim) this.#isInterim = false
    else this.#check(exchange, invalid('Cannot send the end of an answer that has not begun'))
  }

  #start(exchange: HttpExchange<V>, event: MessageStart): void {
    if (exchange.isAnswering) return this.#check(exchange, invalid('Cannot send a second answer inside the first one'))
    const status = statusOf(event)
    if (status === 101 || (exchange.head.isConnect && status >= 200 && status < 300)) {
      return this.#startTunnel(exchange, event, status)
    }
    this.#isInterim = status < 200
    if (this.#isInterim) return this.#check(exchange, exchange.sendInterim(event))
    exchange.isAnswering = true
    const { method, head } = exchange
    const isPersistent = this.#owner.hasOthersWaiting || !this.#owner.isLast(exchange)
    const error = this.#encoder.start(event, {
      requestMethod: method,
      minorVersion: head.minorVersion,
      isPersistent,
      upgrade: '',
      via: this.#position.via,
    })
    if (this.#encoder.isLast) this.#owner.stopAfterMessage()
    this.#check(exchange, error)
  }

  /** Another protocol has been agreed to (RFC 9110 9.3.6 and 15.2.2): both sides' bytes pass as they are from now on. */
  #startTunnel(exchange: HttpExchange<V>, event: MessageStart, status: number): void {
    const upgrade = status === 101 ? upgradeOf(event) : ''
    const { isConnect, upgrade: asked } = exchange.head
    const isAsked = status === 101 ? !isConnect && isAskedProtocol(upgrade, asked) : isConnect
    if (!isAsked || !exchange.isRequestOver || this.#owner.hasOthersWaiting) {
      return this.#check(exchange, invalid('Cannot switch protocols: the client did not ask for it'))
    }
    // Anybody else's 200 to CONNECT comes with a body, and nobody takes what the client would send.
    if (!(event instanceof TunnelStart) && !(event.source instanceof MessageHead && !event.source.isRequest)) {
      return this.#check(exchange, invalid(`Cannot answer CONNECT with ${status}: only acceptHTTPTunnel opens tunnels`))
    }
    const requestMethod = exchange.method
    const error = this.#encoder.start(event, { ...PLAIN_MESSAGE, requestMethod, upgrade, via: this.#position.via })
    if (error !== undefined) return this.#check(exchange, error)
    exchange.isAnswering = true
    this.#owner.startTunnel(exchange)
  }

  /** An answer that cannot be sent as it is: told to the client while that is possible. */
  #check(exchange: HttpExchange<V>, error: ProxyError | undefined): void {
    if (error === undefined) return
    this.#position.log.error(error.message, error)
    this.#end(exchange, new StreamEnd(error))
  }

  #end(exchange: HttpExchange<V>, event: StreamEnd): void {
    if (exchange.isTunnel && event.error === undefined) return this.#owner.endTunnel(event)
    if (exchange.isAnswering && this.#encoder.hasWrittenHead) {
      const text = 'Cannot go on: the answer ended inside its body'
      return this.#owner.cut(event.error ?? new ProxyError('TRUNCATED_MESSAGE', text, { source: 'upstream' }))
    }
    const error =
      event.error === undefined
        ? new ProxyError('NO_RESPONSE', `Cannot answer: ${this.#position.layout.title} ended without an answer`)
        : ProxyError.from(event.error, 'CALLBACK_FAILED', 'Cannot answer')
    if (event.error === undefined) this.#position.log.error(error.message, error)
    else
      this.#position.log.debug(
        `Answering ${exchange.method} ${exchange.head.path} with ${error.status}: ${error.message}`,
        error,
      )
    exchange.isAnswering = false
    this.#answer(exchange, error)
  }

  #answer(exchange: HttpExchange<V>, error: ProxyError): void {
    const { head, body } = createErrorMessage(error)
    this.#start(exchange, new MessageStart(head))
    if (body !== undefined) this.#encoder.data(body)
    this.#encoder.end(new MessageEnd())
    this.#owner.finish(exchange)
  }
}

function statusOf(event: MessageStart): number {
  const { source } = event
  // A request that comes back as its own answer has no status.
  if (!event.isHeadRead && source instanceof MessageHead && !source.isRequest) return source.status
  return event.head?.status ?? 200
}

/** The protocol that an answer switches to: an upstream's, or one that a script names. */
function upgradeOf(event: MessageStart): string {
  if (event.source instanceof MessageHead) return event.source.isRequest ? '' : event.source.upgrade
  if (!(event instanceof TunnelStart)) return ''
  const [, upgrade] = Object.entries(event.head.headers ?? {}).find(([name]) => name.toLowerCase() === 'upgrade') ?? []
  return typeof upgrade === 'string' ? upgrade : ''
}

function invalid(message: string): ProxyError {
  return new ProxyError('INVALID_OUTPUT', message)
}
