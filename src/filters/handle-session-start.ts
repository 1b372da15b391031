import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { KeptSession } from '../engine/kept-session.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Event } from '../events.ts'
import type { Transport } from '../transport.ts'
import { HandlerFilter } from './handler-filter.ts'
import { KeptSessionStart } from './kept-session-start.ts'
import { requireFunction } from './require-function.ts'

/**
 * Calls back once in a session, at its first event of any kind. A client connection's first event is a flush that comes
 * when it is accepted, so its session starts before the client sends anything.
 *
 * In a session that is kept beyond its connections it is the first connection's event that starts it. Others that come
 * while an async callback is at work wait for it, for at most LIMITS.queueTimeoutMs (QUEUE_TIMEOUT); if that connection
 * ends or fails first, the next one starts the session.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleSessionStart<V = Variables>(callback: EventCallback<Event, V>): FilterRecipe<V> {
  const name = 'handleSessionStart'
  requireFunction(name, 'the callback', callback)
  const recipe: FilterRecipe<V> = {
    name,
    reads: 'nothing',
    bind: ({ transport }) => {
      return (pipeline) => new SessionStartHandler(pipeline, recipe, callback, transport)
    },
  }
  return recipe
}

class SessionStartHandler<V> extends HandlerFilter<Event, V> {
  readonly #recipe: FilterRecipe<V>
  readonly #callback: EventCallback<Event, V>
  readonly #transport: Transport
  #isStarted = false
  #keptStart: KeptSessionStart<V> | undefined

  constructor(pipeline: Pipeline<V>, recipe: FilterRecipe<V>, callback: EventCallback<Event, V>, transport: Transport) {
    super(pipeline, recipe.name, callback)
    this.#recipe = recipe
    this.#callback = callback
    this.#transport = transport
  }

  override close(): void {
    super.close()
    this.#keptStart?.giveUp()
  }

  protected override handle(event: Event): void {
    if (this.#isStarted) {
      this.next.process(event)
      return
    }
    this.#isStarted = true
    const { context } = this.pipeline
    const inbound = context.__inbound
    const kept = inbound instanceof InboundConnection ? inbound.keptSession<V>(context) : undefined
    if (kept === undefined) this.handleThenPass(event, event)
    else this.#startKept(kept, event)
  }

  #startKept(kept: KeptSession<V>, event: Event): void {
    const { context } = this.pipeline
    if (event.type === 'Data') event.keep()
    const start = new KeptSessionStart(kept, this.#recipe, () => this.#callback(event, context), this.#transport)
    this.#keptStart = start
    try {
      const result = start.run()
      if (result === undefined) this.next.process(event)
      else this.waitFor(result, () => this.next.process(event))
    } catch (error) {
      this.fail(error)
    }
  }
}
