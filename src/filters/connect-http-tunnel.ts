import type { Provider } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import { type Event, Message, MessageEnd, MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { invalidArgument } from './invalid-argument.ts'

/**
 * Sends a stream through an HTTP proxy: asks it for a tunnel with the handshake, at the first event of any kind, and
 * passes bytes both ways once it has agreed (RFC 9110 9.3.6). Until then bytes are held back. A proxy that answers with
 * another status than 2xx ends the stream with CONNECT_FAILED, which says the status.
 * @param reference the pipeline to the proxy, which takes HTTP messages: mostly `muxHTTP` with a pipeline that ends in
 * `connect`. A tunnel has its connection for itself: no key is needed
 * @param handshake the request: `new Message({ method: 'CONNECT', path: 'host:port' })`, or a function of the context
 * that gives it, and may be async; its Host is that of the path where it has none
 * @throws INVALID_ARGUMENT when the handshake is neither; UNKNOWN_PIPELINE when the proxy is built
 */
export function connectHTTPTunnel<V = Variables>(
  reference: PipelineReference<V>,
  handshake: Provider<Message, V>,
): FilterRecipe<V> {
  const name = 'connectHTTPTunnel'
  if (!(handshake instanceof Message) && typeof handshake !== 'function') {
    throw invalidArgument(name, 'the handshake must be a Message or a function', handshake)
  }
  return {
    name,
    pipelines: [reference],
    bind: (scope) => {
      const layout = scope.layout(reference)
      return (pipeline) => new ConnectHttpTunnelFilter(pipeline, name, layout, handshake)
    },
  }
}

class ConnectHttpTunnelFilter<V> extends CallbackFilter<V> implements Receiver {
  readonly #layout: PipelineLayout<V>
  readonly #handshake: Provider<Message, V>
  #tunnel: Pipeline<V> | undefined
  /** What waits for the proxy to agree. */
  #early: HeldEvents | undefined = new HeldEvents()
  #isEarlyFull = false
  #isAgreed = false
  /** The proxy sends no more; what the client sends still passes. */
  #isOutputOver = false
  /** Nothing passes any more. */
  #isFinished = false
  #pauses = 0
  readonly #answers: Receiver = { process: (event) => this.#takeAnswerEvent(event) }

  constructor(pipeline: Pipeline<V>, name: string, layout: PipelineLayout<V>, handshake: Provider<Message, V>) {
    super(pipeline, name)
    this.#layout = layout
    this.#handshake = handshake
  }

  override pause(): void {
    if (this.#pauses++ === 0) this.#tunnel?.pause()
  }

  override resume(): void {
    if (--this.#pauses === 0) this.#tunnel?.resume()
  }

  override close(): void {
    super.close()
    this.#isFinished = true
    this.#dropEarly()
    this.#tunnel?.close()
  }

  protected override handle(event: Event): void {
    if (this.#isFinished || event.type === 'MessageStart' || event.type === 'MessageEnd') return
    if (this.#tunnel === undefined && event.type === 'StreamEnd') {
      this.#end(event)
      return
    }
    const early = this.#early
    if (early === undefined) {
      this.#tunnel?.process(event)
      return
    }
    // Without a tunnel nobody is left to take what the client, who is gone, had sent.
    if (event.type === 'StreamEnd' && event.error !== undefined) return this.#end(event)
    const overflow = early.push(event)
    if (overflow !== undefined) return this.fail(overflow)
    if (!this.#isEarlyFull && event.type === 'Data' && event.size > 0) {
      this.#isEarlyFull = true
      this.prev.pause()
    }
    if (this.#tunnel === undefined) this.#start()
  }

  #start(): void {
    const handshake = this.#handshake
    try {
      const request = typeof handshake === 'function' ? handshake(this.pipeline.context) : handshake
      if (request instanceof Promise) this.waitFor(request, (message) => this.#ask(message))
      else this.#ask(request)
    } catch (error) {
      this.fail(error)
    }
  }

  #ask(request: Message): void {
    if (!(request instanceof Message) || typeof request.head?.path !== 'string') {
      const expected = "expected a Message with a path of 'host:port'"
      this.fail(new ProxyError('INVALID_OUTPUT', `Cannot ask for a tunnel with ${this.name}: ${expected}`))
      return
    }
    const { path, headers } = request.head
    const head = { ...request.head, method: 'CONNECT', headers: { host: path, ...headers } }
    const tunnel = this.#layout.open(this.pipeline.context, this.#answers, this.prev)
    this.#tunnel = tunnel
    if (this.#pauses > 0) tunnel.pause()
    tunnel.process(new MessageStart(head))
    tunnel.process(new MessageEnd())
  }

  #takeAnswerEvent(event: Event): void {
    if (this.#isFinished || this.#isOutputOver) return
    if (event.type === 'MessageStart') this.#takeAnswer(event)
    else if (event.type === 'StreamEnd') this.#endTunnel(event)
    else if (event.type === 'Data' && this.#isAgreed) this.next.process(event)
  }

  #takeAnswer(event: MessageStart): void {
    if (this.#isAgreed) return
    const { status = 200, statusText = '' } = event.head
    if (status < 200 || status > 299) {
      const answer = `${status} ${statusText}`.trim()
      this.#end(new StreamEnd(new ProxyError('CONNECT_FAILED', `Cannot open tunnel: the proxy answered "${answer}"`)))
      this.#tunnel?.close()
      return
    }
    this.#isAgreed = true
    const early = this.#early
    this.#early = undefined
    for (let held = early?.shift(); held !== undefined; held = early?.shift()) this.#tunnel?.process(held)
    this.#release()
  }

  #endTunnel(event: StreamEnd): void {
    if (this.#isAgreed && event.error === undefined) {
      this.#isOutputOver = true
      this.next.process(event)
      return
    }
    const error = new ProxyError('CONNECT_FAILED', 'Cannot open tunnel: the proxy closed the connection')
    this.#end(event.error === undefined ? new StreamEnd(error) : event)
  }

  #end(event: StreamEnd): void {
    this.#isFinished = true
    this.#dropEarly()
    this.next.process(event)
  }

  #dropEarly(): void {
    this.#early = undefined
    this.#release()
  }

  #release(): void {
    if (!this.#isEarlyFull) return
    this.#isEarlyFull = false
    this.prev.resume()
  }
}
