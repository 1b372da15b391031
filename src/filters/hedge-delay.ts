import { Percentile } from '../algorithms/percentile.ts'
import type { HedgeOptions } from '../algorithms/service/retry-options.ts'

/** Bounds in milliseconds, each a tenth above the one before, to beyond ten minutes. */
const BOUNDS_MS: readonly number[] = Array.from({ length: 142 }, (_, i) => 1.1 ** i)
/** What is older than the last so many answers, or twice as many, counts no more. */
const WINDOW_SAMPLES = 1000
/** How often the percentile is found anew. */
const SAMPLES_PER_UPDATE = 50

/** After how long without an answer a request is an unusual one: a percentile of the last answers' times. */
export class HedgeDelay {
  readonly #percentage: number
  readonly #minMs: number
  readonly #minSamples: number
  #recent = new Percentile(BOUNDS_MS)
  #older = new Percentile(BOUNDS_MS)
  #delayMs = Number.NaN

  constructor({ percentile, minDelayMs = 10, minRequests = 100 }: HedgeOptions) {
    this.#percentage = percentile
    this.#minMs = minDelayMs
    this.#minSamples = minRequests
  }

  /** Undefined while too little is known. */
  get delayMs(): number | undefined {
    return Number.isFinite(this.#delayMs) ? this.#delayMs : undefined
  }

  /** An answer has come. */
  observe(latencyMs: number): void {
    this.#recent.observe(latencyMs)
    const { total } = this.#recent
    const isKnown = this.#older.total > 0 || total >= this.#minSamples
    if (isKnown && (total % SAMPLES_PER_UPDATE === 0 || total === this.#minSamples)) this.#update()
    if (total < Math.max(WINDOW_SAMPLES, this.#minSamples)) return
    const emptied = this.#older
    this.#older = this.#recent
    this.#recent = emptied
    emptied.reset()
  }

  /** The larger value of the two halves that say enough: what is asked twice is to be unusual in both. */
  #update(): void {
    let delayMs = this.#minMs
    for (const half of [this.#recent, this.#older]) {
      if (half.total >= SAMPLES_PER_UPDATE || half.total >= this.#minSamples) {
        delayMs = Math.max(delayMs, half.calculate(this.#percentage))
      }
    }
    this.#delayMs = delayMs
  }
}
