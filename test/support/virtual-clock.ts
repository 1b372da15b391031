import type { Timer } from '../../src/transport.ts'

interface PendingTimer {
  readonly time: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock {
  #now = 0
  /** In the order in which they were set. */
  readonly #timers = new Set<PendingTimer>()

  /** Milliseconds since the clock was made. */
  get now(): number {
    return this.#now
  }

  /** Timers that are set and have neither fired nor been cancelled. */
  get timerCount(): number {
    return this.#timers.size
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer = { time: this.#now + delayMs, callback }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  /** Goes on to the next timer that is due by `time`, and fires it. @returns whether there was one */
  fireNext(time: number): boolean {
    let next: PendingTimer | undefined
    for (const timer of this.#timers) {
      if (timer.time <= time && (next === undefined || timer.time < next.time)) next = timer
    }
    if (next === undefined) return false
    this.#timers.delete(next)
    this.#now = Math.max(this.#now, next.time)
    next.callback()
    return true
  }

  /** Goes on without firing anything. */
  skipTo(time: number): void {
    this.#now = Math.max(this.#now, time)
  }
}
