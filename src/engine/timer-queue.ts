import type { Timer, Transport } from '../transport.ts'

/** A timer that waits in the queue. */
interface Waiting {
  readonly dueMs: number
  readonly callback: () => void
}

/**
 * Any number of timers that share one of a transport's. For runtimes where setting one costs as much as a good part of a
 * request: in Workers, where each request has its own, a proxy sets one for each filter that keeps time.
 */
export class TimerQueue {
  readonly #transport: Pick<Transport, 'now' | 'setTimer'>
  readonly #longestMs: number
  readonly #waiting = new Set<Waiting>()
  #timer: Timer | undefined
  /** What the transport's timer is set to; it may be earlier than what waits, never later. */
  #timerDueMs = 0

  /**
   * @param transport what it takes its one timer from, and the time
   * @param longestMs that the one timer is ever set to, so that it need not be set anew for a shorter one that follows
   */
  constructor(transport: Pick<Transport, 'now' | 'setTimer'>, longestMs: number) {
    this.#transport = transport
    this.#longestMs = longestMs
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** As Transport's: calls back once after a time. A callback that throws keeps no other one from its turn. */
  setTimer(callback: () => void, delayMs: number): Timer {
    const nowMs = this.#transport.now()
    const waiting = { dueMs: nowMs + delayMs, callback }
    this.#waiting.add(waiting)
    this.#start(waiting.dueMs, nowMs)
    return { cancel: () => this.#cancel(waiting) }
  }

  #cancel(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting) || this.#waiting.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #start(dueMs: number, nowMs: number): void {
    if (this.#timer !== undefined) {
      if (this.#timerDueMs <= dueMs) return
      this.#timer.cancel()
    }
    const delayMs = Math.min(Math.max(0, dueMs - nowMs), this.#longestMs)
    this.#timerDueMs = nowMs + delayMs
    this.#timer = this.#transport.setTimer(this.#fire, delayMs)
  }

  readonly #fire = (): void => {
    this.#timer = undefined
    // Timers come a fraction of a millisecond early by the clock that says when they are due.
    const nowMs = Math.max(this.#transport.now(), this.#timerDueMs)
    const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs)
    try {
      // One of them may cancel another.
      for (const waiting of due) if (this.#waiting.delete(waiting)) waiting.callback()
    } finally {
      if (this.#waiting.size > 0)
        this.#start(Math.min(...Array.from(this.#waiting, ({ dueMs }) => dueMs)), this.#transport.now())
    }
  }
}
