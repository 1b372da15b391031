import type { Context, Variables } from '../engine/context.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, Message } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { readCollectOptions } from './collect-options.ts'
import { emitOutput } from './emit-output.ts'
import { invalidArgument } from './invalid-argument.ts'
import { MessageCollector } from './message-collector.ts'
import { TunnelStart } from './tunnel-start.ts'

/** Decides about a request for a tunnel; may be async. */
export type TunnelHandler<V = Variables> = (request: Message, context: Context<V>) => Message | Promise<Message>

/**
 * The end of a demuxHTTP pipeline that takes CONNECT and Upgrade requests: the handler answers each. With a status of
 * 2xx to CONNECT (RFC 9110 9.3.6), or 101 and an `upgrade` header to Upgrade (RFC 9110 7.8), the connection becomes a
 * tunnel: its bytes go through the pipeline from then on, each direction until its own end. Any other answer is sent as
 * it is, and the connection goes on with HTTP; behind a refused CONNECT it is closed (RFC 9931 8), since what follows may
 * be the bytes of a client that did not wait.
 *
 * A tunnel leads wherever the pipeline connects to: let the handler refuse targets that nobody should reach.
 *
 * A handler that throws, or gives no Message, is answered for with 500.
 * @param reference the pipeline that takes the client's bytes in and gives those for the client out: mostly one `connect`
 * @throws INVALID_ARGUMENT when the handler is no function; UNKNOWN_PIPELINE when the proxy is built
 */
export function acceptHTTPTunnel<V = Variables>(
  reference: PipelineReference<V>,
  handler: TunnelHandler<V>,
): FilterRecipe<V> {
  const name = 'acceptHTTPTunnel'
  if (typeof handler !== 'function') throw invalidArgument(name, 'the handler must be a function', handler)
  return {
    name,
    pipelines: [reference],
    acceptsConnect: true,
    bind: (scope) => {
      const layout = scope.layout(reference)
      return (pipeline) => new AcceptHttpTunnelFilter(pipeline, name, layout, handler)
    },
  }
}

class AcceptHttpTunnelFilter<V> extends CallbackFilter<V> {
  readonly #layout: PipelineLayout<V>
  readonly #handler: TunnelHandler<V>
  readonly #collector: MessageCollector
  #tunnel: Pipeline<V> | undefined
  /** The client's first bytes, which may come while the answer that agrees is still going out. */
  #early: HeldEvents | undefined
  /** Of the output, while there is no tunnel to stop. */
  #pauses = 0

  constructor(pipeline: Pipeline<V>, name: string, layout: PipelineLayout<V>, handler: TunnelHandler<V>) {
    super(pipeline, name)
    this.#layout = layout
    this.#handler = handler
    this.#collector = new MessageCollector(readCollectOptions(name, {}))
  }

  override process(event: Event): void {
    if (this.#tunnel !== undefined) this.#tunnel.process(event)
    else super.process(event)
  }

  override pause(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.pause()
    this.#pauses++
    this.prev.pause()
  }

  override resume(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.resume()
    this.#pauses--
    this.prev.resume()
  }

  override close(): void {
    super.close()
    this.#collector.clear()
    this.#early = undefined
    this.#tunnel?.close()
  }

  protected override handle(event: Event): void {
    if (this.#early !== undefined) {
      const overflow = this.#early.push(event)
      if (overflow !== undefined) this.fail(overflow)
      return
    }
    const collector = this.#collector
    const isInside = collector.isCollecting
    const request = collector.collect(event)
    if (request !== undefined) this.#answer(request.toMessage())
    else if (collector.isTruncated) this.fail(collector.overflow)
    else if (event.type === 'StreamEnd' || !(isInside || event.type === 'MessageStart')) this.next.process(event)
  }

  #answer(request: Message): void {
    let answer: Message | Promise<Message>
    try {
      answer = this.#handler(request, this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (answer instanceof Promise) this.waitFor(answer, (message) => this.#send(request, message))
    else this.#send(request, answer)
  }

  #send(request: Message, answer: Message): void {
    if (!(answer instanceof Message)) {
      const given = answer === null ? 'null' : typeof answer
      this.fail(new ProxyError('INVALID_OUTPUT', `Cannot answer from ${this.name}: expected a Message, got ${given}`))
      return
    }
    const status = Number(answer.head?.status ?? 200)
    const isConnect = request.head.method === 'CONNECT'
    if (status !== 101 && !(isConnect && status >= 200 && status < 300)) {
      emitOutput(answer, this.next)
      return
    }
    const early = new HeldEvents()
    this.#early = early
    // Without its body: what follows this head are the tunnel's bytes.
    this.next.process(new TunnelStart(answer.head ?? {}))
    if (!this.isOver) this.#open(early)
  }

  #open(early: HeldEvents): void {
    const tunnel = this.#layout.open(this.pipeline.context, this.next, this.prev)
    this.#tunnel = tunnel
    this.#early = undefined
    for (; this.#pauses > 0; this.#pauses--) {
      tunnel.pause()
      this.prev.resume()
    }
    // A session begins before its first byte: the upstream may be the one that speaks first.
    tunnel.process(new Data())
    for (let event = early.shift(); event !== undefined; event = early.shift()) tunnel.process(event)
  }
}
