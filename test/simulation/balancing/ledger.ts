/** What happened in one second of a simulation. */
export interface Second {
  /** Requests that came in it. */
  requests: number
  /** Tries of requests that were sent in it. */
  tries: number
  /** Of the requests that came in it those that were answered well, whenever that was. */
  answered: number
}

/** What became of the requests of one simulation. */
export class Ledger {
  readonly seconds: Second[] = []
  requests = 0
  answered = 0
  tries = 0
  /** Requests that were not answered well in the end. */
  errors = 0
  /** Of those, the ones that no try was left for or that ended without any answer: not even a status of their target. */
  unanswered = 0
  #latencies = new Float64Array(1024)
  #isSorted = false

  came(nowMs: number): void {
    this.requests++
    this.#second(nowMs).requests++
  }

  tried(nowMs: number): void {
    this.tries++
    this.#second(nowMs).tries++
  }

  /** The request that came at `cameMs` is answered well. */
  succeeded(cameMs: number, nowMs: number): void {
    this.#second(cameMs).answered++
    if (this.answered === this.#latencies.length) {
      const longer = new Float64Array(this.#latencies.length * 2)
      longer.set(this.#latencies)
      this.#latencies = longer
    }
    this.#latencies[this.answered++] = nowMs - cameMs
    this.#isSorted = false
  }

  failed(hasStatus: boolean): void {
    this.errors++
    if (!hasStatus) this.unanswered++
  }

  /** So many of a hundred requests that were answered well took no longer. NaN when there was none. */
  percentile(percentage: number): number {
    const latencies = this.#latencies.subarray(0, this.answered)
    if (!this.#isSorted) latencies.sort()
    this.#isSorted = true
    return latencies[Math.max(0, Math.ceil((percentage / 100) * latencies.length) - 1)] ?? Number.NaN
  }

  #second(nowMs: number): Second {
    const number = Math.floor(nowMs / 1000)
    while (this.seconds.length <= number) this.seconds.push({ requests: 0, tries: 0, answered: 0 })
    return this.seconds[number] as Second
  }
}
