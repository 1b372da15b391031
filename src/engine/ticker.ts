import type { Timer, Transport } from '../transport.ts'

const LONGEST_TICK_MS = 1000
const SHORTEST_TICK_MS = 5

/**
 * A coarse clock for time-outs: counts ticks while it runs and calls back at each. Whoever waits notes `count` when the
 * wait begins, which costs nothing per event, and is looked at once a tick.
 */
export class Ticker {
  /** Ticks so far. */
  count = 0
  /** The time at the last one, in whole milliseconds: so that nobody has to ask the system's clock for each request. */
  nowMs = 0
  readonly #transport: Pick<Transport, 'now' | 'setTimer'>
  readonly #tickMs: number
  readonly #onTick: () => void
  #timer: Timer | undefined

  /** @param timeoutsMs the times that will be asked of `isOver`: the shortest decides how fine the clock is */
  constructor(transport: Pick<Transport, 'now' | 'setTimer'>, timeoutsMs: readonly number[], onTick: () => void) {
    const shortest = Math.min(LONGEST_TICK_MS * 4, ...timeoutsMs.filter((timeoutMs) => timeoutMs > 0))
    this.#transport = transport
    this.#tickMs = Math.max(SHORTEST_TICK_MS, shortest / 4)
    this.#onTick = onTick
  }

  /** Whether `timeoutMs` have passed since the tick `since`: never early, and at most two ticks late. 0 never passes. */
  isOver(since: number, timeoutMs: number): boolean {
    return timeoutMs > 0 && (this.count - since - 1) * this.#tickMs >= timeoutMs
  }

  /** The least and the most that can have passed since `nowMs` was this. */
  shortestMs(sinceMs: number): number {
    return Math.max(0, this.nowMs - sinceMs - this.#tickMs)
  }

  longestMs(sinceMs: number): number {
    return this.nowMs - sinceMs + this.#tickMs
  }

  /** Runs from now on; again and again is fine. */
  start(): void {
    if (this.#timer !== undefined) return
    this.nowMs = Math.floor(this.#transport.now())
    this.#timer = this.#transport.setTimer(this.#tick, this.#tickMs)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #tick = (): void => {
    this.count++
    this.nowMs = Math.floor(this.#transport.now())
    this.#timer = this.#transport.setTimer(this.#tick, this.#tickMs)
    this.#onTick()
  }
}
