import type { Timer } from '../../../src/transport.ts'
import type { DiscoveryClock } from './discovery-clock.ts'

/** Remembers that something happened, until somebody asks. */
export class LatestEvent {
  #hasHappened = false
  #error: Error | undefined
  #wake: () => void = () => {}

  happen(): void {
    this.#hasHappened = true
    this.#wake()
  }

  /** Whoever waits, now or later, gets the error. */
  fail(error: Error): void {
    this.#error = error
    this.#wake()
  }

  /**
   * Waits until it has happened since the last wait, or the time is over, or the signal is aborted.
   * @param limitMs 0 waits without end
   * @returns whether it has happened
   */
  async wait(clock: DiscoveryClock, limitMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#hasHappened && this.#error === undefined && !signal.aborted) await this.#sleep(clock, limitMs, signal)
    if (this.#error !== undefined) throw this.#error
    const hasHappened = this.#hasHappened
    this.#hasHappened = false
    return hasHappened
  }

  async #sleep(clock: DiscoveryClock, limitMs: number, signal: AbortSignal): Promise<void> {
    let timer: Timer | undefined
    let wake: () => void = () => {}
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    this.#wake = wake
    signal.addEventListener('abort', wake, { once: true })
    if (limitMs > 0) timer = clock.setTimer(wake, limitMs)
    await woken
    timer?.cancel()
    signal.removeEventListener('abort', wake)
    this.#wake = () => {}
  }
}
