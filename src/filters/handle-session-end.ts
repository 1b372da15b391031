import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { type Event, StreamEnd } from '../events.ts'
import { HandlerFilter } from './handler-filter.ts'
import { requireFunction } from './require-function.ts'

/**
 * Calls back once at the end of a session, `event.error` telling why it ended early. A session that has started always
 * ends: when its pipeline is closed before a StreamEnd came this far, the callback is called then. So what the session
 * took is always given back, in the session of one message inside demuxHTTP as well (Pipy never calls back there). A
 * client that sends no more and is still owed answers has not left: its session ends when its connection is closed.
 * A session that is kept beyond its connections ends when whoever keeps it drops it.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleSessionEnd<V = Variables>(callback: EventCallback<StreamEnd, V>): FilterRecipe<V> {
  const name = 'handleSessionEnd'
  requireFunction(name, 'the callback', callback)
  const recipe: FilterRecipe<V> = {
    name,
    reads: 'nothing',
    bind: () => (pipeline) => new SessionEndHandler(pipeline, recipe, callback),
  }
  return recipe
}

class SessionEndHandler<V> extends HandlerFilter<StreamEnd, V> {
  readonly #recipe: FilterRecipe<V>
  readonly #callback: EventCallback<StreamEnd, V>
  #isStarted = false
  #isEnded = false

  constructor(pipeline: Pipeline<V>, recipe: FilterRecipe<V>, callback: EventCallback<StreamEnd, V>) {
    super(pipeline, recipe.name, callback)
    this.#recipe = recipe
    this.#callback = callback
  }

  override close(): void {
    super.close()
    if (!this.#isStarted || this.#isEnded) return
    this.#isEnded = true
    this.handleAfterClose(new StreamEnd())
  }

  protected override handle(event: Event): void {
    if (!this.#isStarted) this.#start()
    if (event.type !== 'StreamEnd' || this.#isEnded || this.#isWorkLeft(event)) {
      this.next.process(event)
      return
    }
    this.#isEnded = true
    this.handleThenPass(event, event)
  }

  /** A runtime may have to be asked to wait for it. */
  protected override takesTime(promise: Promise<unknown>): void {
    const inbound = this.pipeline.context.__inbound
    if (inbound instanceof InboundConnection) inbound.addEnding(promise)
  }

  #start(): void {
    this.#isStarted = true
    const { context } = this.pipeline
    const inbound = context.__inbound
    const kept = inbound instanceof InboundConnection ? inbound.keptSession<V>(context) : undefined
    if (kept === undefined) return
    // The session does not end with this connection: whoever keeps it calls back.
    this.#isEnded = true
    kept.addEnd(this.#recipe, this.#callback)
  }

  /** Requests that are under way still use what the session has taken, or are yet to take something. */
  #isWorkLeft({ error }: StreamEnd): boolean {
    const inbound = this.pipeline.context.__inbound
    if (error !== undefined || this.pipeline.isExchange || !(inbound instanceof InboundConnection)) return false
    return inbound.requestsInFlight > 0
  }
}
