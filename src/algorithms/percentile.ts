import { ProxyError } from '../errors.ts'

/** Counts samples in buckets and tells below which bucket's bound a share of them lies (Pipy's `algo.Percentile`). */
export class Percentile {
  readonly #bounds: readonly number[]
  /** One more than there are bounds: the last counts what lies beyond all of them. */
  readonly #counts: number[]
  #total = 0

  /**
   * @param bounds the upper bound of each bucket, itself included, in ascending order
   * @throws INVALID_ARGUMENT when there are none or they do not ascend
   */
  constructor(bounds: readonly number[]) {
    const copy = Array.isArray(bounds) ? (bounds as readonly number[]).slice() : []
    if (copy.length === 0) throw refuse('create Percentile', 'expected an array of one bucket or more')
    copy.forEach((bound, i) => {
      const isAscending = typeof bound === 'number' && bound > (copy[i - 1] ?? Number.NEGATIVE_INFINITY)
      if (isAscending) return
      throw refuse('create Percentile', `bucket #${i + 1} is "${String(bound)}", expected ascending numbers`)
    })
    this.#bounds = copy
    this.#counts = new Array<number>(copy.length + 1).fill(0)
  }

  /** How many samples were counted. */
  get total(): number {
    return this.#total
  }

  /** Counts a sample. @throws INVALID_ARGUMENT when it is no number */
  observe(sample: number): void {
    if (typeof sample !== 'number' || Number.isNaN(sample)) {
      throw refuse('observe sample', `"${String(sample)}" is no number`)
    }
    const bucket = this.#bucketOf(sample)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#total++
  }

  /**
   * The smallest bucket bound that the given percentage of the samples does not exceed; Infinity when it lies beyond
   * the last bucket, NaN when there are no samples.
   * @param percentage from 0 to 100
   * @throws INVALID_ARGUMENT when it is out of range
   */
  calculate(percentage: number): number {
    if (typeof percentage !== 'number' || !(percentage >= 0 && percentage <= 100)) {
      throw refuse('calculate percentile', `"${String(percentage)}" is out of range, expected 0 to 100`)
    }
    if (this.#total === 0) return Number.NaN
    // At least one sample: the 0th percentile is that of the smallest.
    const wanted = Math.max(1, Math.ceil((this.#total * percentage) / 100))
    let seen = 0
    const bucket = this.#counts.findIndex((count) => (seen += count) >= wanted)
    return this.#bounds[bucket] ?? Number.POSITIVE_INFINITY
  }

  /** Forgets all samples. */
  reset(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  #bucketOf(sample: number): number {
    let from = 0
    let to = this.#bounds.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (sample <= (this.#bounds[middle] as number)) to = middle
      else from = middle + 1
    }
    return from
  }
}

function refuse(action: string, state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot ${action}: ${state}`)
}
