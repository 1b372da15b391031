/** The first restart in a row is made at once; the second one waits for so long, and each further one twice as long. */
const SHORTEST_DELAY_MS = 100
const LONGEST_DELAY_MS = 10_000
/** A worker that has run for so long is no longer one that only just came back: the row is over. */
const STEADY_AFTER_MS = 10_000

/**
 * How long a worker that has ended waits until it is started again. One that dies once in a while is replaced at once;
 * one that dies whenever it comes back does not take the processor from the others.
 */
export class RestartDelay {
  #shortLives = 0

  /** The delay of the next start. @param livedMs how long the worker has run */
  afterLifeOf(livedMs: number): number {
    if (livedMs >= STEADY_AFTER_MS) this.#shortLives = 0
    const delayMs = this.#shortLives === 0 ? 0 : SHORTEST_DELAY_MS * 2 ** (this.#shortLives - 1)
    this.#shortLives++
    return Math.min(delayMs, LONGEST_DELAY_MS)
  }
}
