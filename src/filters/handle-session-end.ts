import type { EventCallback } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import { type Event, StreamEnd } from '../events.ts'
import { HandlerFilter } from './handler-filter.ts'
import { requireFunction } from './require-function.ts'

/**
 * Calls back once at the end of a session, `event.error` telling why it ended early. A session that has started always
 * ends: when its pipeline is closed before a StreamEnd came this far, the callback is called then. So what the session
 * took is always given back, in the session of one message inside demuxHTTP as well (Pipy never calls back there). A
 * client that sends no more and is still owed answers has not left: its session ends when its connection is closed.
 * @param callback called before the event goes on; a promise that it returns is waited for, other results are ignored
 * @throws INVALID_ARGUMENT when the callback is no function
 */
export function handleSessionEnd<V = Variables>(callback: EventCallback<StreamEnd, V>): FilterRecipe<V> {
  const name = 'handleSessionEnd'
  requireFunction(name, 'the callback', callback)
  return { name, bind: () => (pipeline) => new SessionEndHandler(pipeline, name, callback) }
}

class SessionEndHandler<V> extends HandlerFilter<StreamEnd, V> {
  #isStarted = false
  #isEnded = false

  override close(): void {
    super.close()
    if (!this.#isStarted || this.#isEnded) return
    this.#isEnded = true
    this.handleAfterClose(new StreamEnd())
  }

  protected override handle(event: Event): void {
    this.#isStarted = true
    if (event.type !== 'StreamEnd' || this.#isEnded || this.#isWorkLeft(event)) {
      this.next.process(event)
      return
    }
    this.#isEnded = true
    this.handleThenPass(event, event)
  }

  /** Requests that are under way still use what the session has taken, or are yet to take something. */
  #isWorkLeft({ error }: StreamEnd): boolean {
    const inbound = this.pipeline.context.__inbound
    if (error !== undefined || this.pipeline.isExchange || !(inbound instanceof InboundConnection)) return false
    return inbound.requestsInFlight > 0
  }
}
