/** After so long a latency counts for 1/e of what it was. */
const DECAY_MS = 10_000

/**
 * A moving average of latencies that jumps up to a peak at once and comes down slowly (peak EWMA, as in Finagle): what is
 * old counts for less by the time that has passed, not by the number of answers.
 */
export class PeakAverage {
  #valueMs = 0
  #atMs = 0

  /** 0 before the first latency. */
  get valueMs(): number {
    return this.#valueMs
  }

  /** Another latency. */
  add(latencyMs: number, nowMs: number): void {
    if (this.#valueMs === 0 || latencyMs >= this.#valueMs) this.#valueMs = latencyMs
    else {
      const kept = Math.exp((this.#atMs - nowMs) / DECAY_MS)
      this.#valueMs = this.#valueMs * kept + latencyMs * (1 - kept)
    }
    this.#atMs = nowMs
  }
}
