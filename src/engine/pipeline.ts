import { ProxyError } from '../errors.ts'
import { type Event, type Receiver, type Source, StreamEnd } from '../events.ts'
import type { Context, Variables } from './context.ts'
import type { Filter } from './filter.ts'
import { InboundConnection } from './inbound-connection.ts'
import type { PipelineLayout } from './pipeline-layout.ts'

/** What a pipeline takes over from the one that it continues, or from the filter that opens it. */
export interface PipelineParent {
  /** Whether it works on a request of demuxHTTP, which waits for an answer. */
  readonly isExchange: boolean
  /** Whether its bytes are requests of HTTP/1.1 and their answers: it is what muxHTTP leads to. */
  readonly carriesHttp: boolean
  /** Whether what passes are messages of HTTP as events, where otherwise their bytes would. */
  readonly carriesMessages: boolean
}

/**
 * A live chain of filters made from a layout: bound to one context, with one input and one output.
 * Whoever opens it feeds `process`, closes it, and may pause what comes out of it with `pause` and `resume`.
 */
export class Pipeline<V = Variables> implements Receiver, Source, PipelineParent {
  readonly layout: PipelineLayout<V>
  readonly isExchange: boolean
  readonly carriesHttp: boolean
  readonly carriesMessages: boolean
  readonly #output: Receiver
  readonly #filters: readonly Filter<V>[]
  readonly #head: Receiver
  readonly #tail: Source
  #context: Context<V>
  #isClosed = false

  /**
   * @param output takes what leaves the last filter
   * @param source is paused when the first filter is full
   * @param parent the pipeline that this one continues, if it works on the same stream
   */
  constructor(
    layout: PipelineLayout<V>,
    context: Context<V>,
    output: Receiver,
    source: Source,
    parent?: PipelineParent,
  ) {
    this.isExchange = parent !== undefined && parent.isExchange
    this.carriesHttp = parent !== undefined && parent.carriesHttp
    this.carriesMessages = parent !== undefined && parent.carriesMessages
    this.layout = layout
    this.#context = context
    this.#output = output
    const filters: Filter<V>[] = []
    let tail = source
    for (const create of layout.factories) {
      const filter = create(this)
      filter.prev = tail
      if (filters.length > 0) (tail as Filter<V>).next = filter
      filters.push(filter)
      tail = filter
    }
    if (filters.length > 0) (tail as Filter<V>).next = output
    this.#filters = filters
    this.#head = filters[0] ?? output
    this.#tail = tail
    const { __inbound: inbound } = context
    if (layout.reads === 'bodies' && inbound instanceof InboundConnection) inbound.readsBodies = true
  }

  /** The variables of the session that it works for. */
  get context(): Context<V> {
    return this.#context
  }

  /** Takes one event at the front. */
  process(event: Event): void {
    this.#head.process(event)
  }

  /** The taker of the output is full. */
  pause(): void {
    this.#tail.pause()
  }

  /** The opposite of one `pause`. */
  resume(): void {
    this.#tail.resume()
  }

  /** A shallow copy of the context, for a session that begins inside this one. */
  copyContext(): Context<V> {
    return { ...this.#context }
  }

  /**
   * Ends the pipeline's output with an error, past the filters that remain: what Pipy does when a callback throws. Once
   * the pipeline is closed the error is only logged.
   * @param filter the name of the filter that failed, for the log
   */
  fail(error: unknown, filter: string): void {
    const failure = ProxyError.from(
      error,
      'CALLBACK_FAILED',
      `Cannot run the callback of ${filter} in ${this.layout.title}`,
    )
    this.layout.log.error(failure.message, failure)
    if (!this.#isClosed) this.#output.process(new StreamEnd(failure))
  }

  /** Ends the pipeline's output as `fail` does: for what is refused on purpose, which is no failure and is not logged. */
  refuse(error: ProxyError): void {
    if (!this.#isClosed) this.#output.process(new StreamEnd(error))
  }

  /**
   * Makes a closed pipeline as good as a new one that is bound to another context, if all of its filters allow it.
   * Nothing that was called of it while it was open may still be on the stack.
   * @returns whether it may be used again
   */
  reopen(context: Context<V>): boolean {
    if (!this.#isClosed) return false
    for (const filter of this.#filters) if (!filter.reopen()) return false
    this.#context = context
    this.#isClosed = false
    return true
  }

  /** Gives up everything the filters hold. Nothing may be fed afterwards. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const filter of this.#filters) {
      try {
        filter.close()
      } catch (error) {
        // The others hold things as well: connections, pauses.
        const failure = ProxyError.from(error, 'CALLBACK_FAILED', `Cannot close a filter of ${this.layout.title}`)
        this.layout.log.error(failure.message, failure)
      }
    }
  }
}
