import type { Predicate } from '../engine/callback.ts'
import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Variables } from '../engine/context.ts'
import type { BuildScope, FilterRecipe } from '../engine/filter-recipe.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { Ticker } from '../engine/ticker.ts'
import type { Event } from '../events.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { requireFunction } from './require-function.ts'
import { requireNumber } from './require-number.ts'

export interface WaitOptions {
  /** Lets the events go on after this time all the same; 0 never. @default 0 */
  readonly timeoutMs?: number
}

/** How often a condition is asked while events wait for it. */
const INTERVAL_MS = 10

/**
 * Holds all events back until a condition holds, once in a session: then they go on, and all later ones pass. The
 * source is paused meanwhile. The end of a client that broke off goes on at once, since nobody is left to wait for.
 * @param condition asked at each event, and every 10 ms while events wait. It may give a promise: the wait is over when
 * that is fulfilled, unless with false
 * @throws INVALID_ARGUMENT when the condition is no function, or the time no number
 */
export function wait<V = Variables>(condition: Predicate<V>, options: WaitOptions = {}): FilterRecipe<V> {
  const name = 'wait'
  requireFunction(name, 'the condition', condition)
  requireNumber(name, 'timeoutMs', options.timeoutMs, 0)
  return {
    name,
    bind: (scope) => {
      const position = new WaitPosition<V>(scope, options.timeoutMs ?? 0)
      return (pipeline) => new WaitFilter(pipeline, name, condition, position)
    },
  }
}

/** All that wait at one filter position, and the clock that asks for them. */
class WaitPosition<V> {
  readonly ticker: Ticker
  readonly #waiting = new Set<WaitFilter<V>>()

  constructor(scope: Pick<BuildScope<V>, 'transport' | 'onStop'>, timeoutMs: number) {
    // A ticker ticks four times in the shortest time that it is asked about.
    this.ticker = new Ticker(scope.transport, [timeoutMs, INTERVAL_MS * 4], () => {
      for (const filter of this.#waiting) filter.askAgain(timeoutMs)
    })
    scope.onStop(() => this.ticker.stop())
  }

  add(filter: WaitFilter<V>): void {
    this.#waiting.add(filter)
    this.ticker.start()
  }

  remove(filter: WaitFilter<V>): void {
    this.#waiting.delete(filter)
    if (this.#waiting.size === 0) this.ticker.stop()
  }
}

class WaitFilter<V> extends CallbackFilter<V> {
  readonly #condition: Predicate<V>
  readonly #position: WaitPosition<V>
  #waiting: HeldEvents | undefined
  #since = 0
  #isAsking = false
  #isOpen = false

  constructor(pipeline: Pipeline<V>, name: string, condition: Predicate<V>, position: WaitPosition<V>) {
    super(pipeline, name)
    this.#condition = condition
    this.#position = position
  }

  override process(event: Event): void {
    if (this.#isOpen) this.next.process(event)
    else super.process(event)
  }

  override close(): void {
    super.close()
    this.#stopWaiting()
  }

  /** Asks the condition, or gives up waiting for it. */
  askAgain(timeoutMs: number): void {
    if (this.#position.ticker.isOver(this.#since, timeoutMs)) this.enter(() => this.#open())
    else if (!this.#isAsking && this.#ask()) this.enter(() => this.#open())
  }

  protected override handle(event: Event): void {
    if (event.type === 'StreamEnd' && event.error !== undefined) {
      this.#stopWaiting()
      this.next.process(event)
      return
    }
    if (!this.#isAsking && this.#ask()) {
      this.#open()
      this.next.process(event)
      return
    }
    if (!this.isOver) this.#hold(event)
  }

  protected override fail(error: unknown): void {
    this.#stopWaiting()
    super.fail(error)
  }

  /** @returns whether the condition holds now */
  #ask(): boolean {
    let holds: unknown
    try {
      holds = this.#condition(this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return false
    }
    if (!(holds instanceof Promise)) return Boolean(holds)
    this.#askLater(holds)
    return false
  }

  #askLater(promise: Promise<unknown>): void {
    this.#isAsking = true
    promise.then(
      (result) => {
        this.#isAsking = false
        if (result !== false && !this.#isOpen) this.enter(() => this.#open())
      },
      (error: unknown) => this.fail(error),
    )
  }

  #hold(event: Event): void {
    if (this.#waiting === undefined) {
      this.#waiting = new HeldEvents()
      this.#since = this.#position.ticker.count
      this.#position.add(this)
      this.prev.pause()
    }
    const overflow = this.#waiting.push(event)
    if (overflow !== undefined) this.fail(overflow)
  }

  #open(): void {
    const waiting = this.#waiting
    if (waiting !== undefined) {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) this.next.process(event)
    }
    this.#isOpen = true
    this.#stopWaiting()
  }

  #stopWaiting(): void {
    if (this.#waiting === undefined) return
    this.#waiting = undefined
    this.#position.remove(this)
    this.prev.resume()
  }
}
