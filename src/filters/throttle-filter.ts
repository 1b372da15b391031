import { CallbackFilter } from '../engine/callback-filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { ProxyError } from '../errors.ts'
import type { Event } from '../events.ts'
import type { QuotaShare, ThrottlePosition } from './throttle-position.ts'
import { ThrottleTurn } from './throttle-turn.ts'

/** One session of a throttling filter. While it waits for its turn its events are held and its source is paused. */
export abstract class ThrottleFilter<V> extends CallbackFilter<V> {
  protected readonly position: ThrottlePosition<V>
  #turn: ThrottleTurn | undefined
  /** Whoever waited has left: nothing but the end of the stream goes on. */
  #isGivenUp = false
  /** The stream has ended with a refusal: nothing goes on. */
  #isRefused = false

  constructor(pipeline: Pipeline<V>, position: ThrottlePosition<V>) {
    super(pipeline, position.settings.filter)
    this.position = position
  }

  override process(event: Event): void {
    // Nobody is left to wait for.
    if (event.type === 'StreamEnd' && event.error !== undefined) this.#turn?.cancel()
    super.process(event)
  }

  override close(): void {
    super.close()
    this.#turn?.cancel()
    this.#turn = undefined
  }

  override reopen(): boolean {
    this.#isGivenUp = false
    this.#isRefused = false
    return this.reopenCallbacks()
  }

  protected override handle(event: Event): void {
    if (this.#isRefused) return
    if (event.type === 'StreamEnd') this.next.process(event)
    else if (!this.#isGivenUp) this.throttle(event)
  }

  /** Takes one event that is not the end of the stream. */
  protected abstract throttle(event: Event): void

  /** Finds out what the session is limited by, then goes on; without a share where there is no limit. */
  protected find(proceed: (share: QuotaShare | undefined) => void): void {
    let share: QuotaShare | undefined | Promise<QuotaShare | undefined>
    try {
      share = this.position.shareOf(this.pipeline.context)
    } catch (error) {
      this.fail(error)
      return
    }
    if (share instanceof Promise) this.waitFor(share, proceed)
    else proceed(share)
  }

  /** Asks for a share of the quota, and goes on with what was given when it is there; or refuses. */
  protected ask(share: QuotaShare, count: number, least: number, proceed: (given: number) => void): void {
    let entered: number | ProxyError | ThrottleTurn
    try {
      entered = this.position.enter(share, count, least)
    } catch (error) {
      this.fail(error)
      return
    }
    if (typeof entered === 'number') proceed(entered)
    else if (entered instanceof ThrottleTurn) this.#await(entered, proceed)
    else this.#refuse(entered)
  }

  #await(turn: ThrottleTurn, proceed: (given: number) => void): void {
    this.#turn = turn
    this.waitFor(turn.outcome, (outcome) => {
      this.#turn = undefined
      turn.claim()
      if (typeof outcome === 'number') proceed(outcome)
      else if (outcome === undefined) this.#isGivenUp = true
      else this.#refuse(outcome)
    })
  }

  #refuse(error: ProxyError): void {
    this.#isRefused = true
    this.pipeline.refuse(error)
  }
}
