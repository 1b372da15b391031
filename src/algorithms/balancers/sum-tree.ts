/**
 * Weights by index as a binary tree of their sums: setting one and finding the one at a place take logarithmic time.
 * Sums are always made of their two parts, never changed by differences, so no rounding error adds up.
 */
export class SumTree {
  readonly #leaves: number
  readonly #sums: Float64Array

  /** @param weights not negative, and finite in sum */
  constructor(weights: readonly number[]) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, weights.length)))
    this.#sums = new Float64Array(2 * this.#leaves)
    this.#sums.set(weights, this.#leaves)
    for (let i = this.#leaves - 1; i > 0; i--) this.#sums[i] = this.#at(2 * i) + this.#at(2 * i + 1)
  }

  get total(): number {
    return this.#at(1)
  }

  get(index: number): number {
    return this.#at(this.#leaves + index)
  }

  set(index: number, weight: number): void {
    let i = this.#leaves + index
    this.#sums[i] = weight
    for (i >>= 1; i > 0; i >>= 1) this.#sums[i] = this.#at(2 * i) + this.#at(2 * i + 1)
  }

  /** The sum of all weights before an index. */
  before(index: number): number {
    let sum = 0
    for (let i = this.#leaves + index; i > 1; i >>= 1) {
      if (i % 2 === 1) sum += this.#at(i - 1)
    }
    return sum
  }

  /** The index whose weight covers this place, from 0 up to the total; never one of weight 0 unless all are. */
  find(place: number): number {
    let rest = place
    let i = 1
    while (i < this.#leaves) {
      const left = this.#at(2 * i)
      // By rounding the rest can reach beyond the right side.
      const isLeft = rest < left || this.#at(2 * i + 1) === 0
      i = isLeft ? 2 * i : 2 * i + 1
      if (!isLeft) rest -= left
    }
    return i - this.#leaves
  }

  #at(i: number): number {
    return this.#sums[i] as number
  }
}
