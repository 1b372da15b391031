import { seededRandom } from '../../support/seeded-random.ts'

/** Choices that are the same for the same seed. */
export class Random {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }

  /** A whole number from 0, less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  /** Text of characters of an alphabet. */
  text(alphabet: string, least: number, most: number): string {
    let text = ''
    for (let left = this.between(least, most); left > 0; left--) text += alphabet[this.below(alphabet.length)]
    return text
  }

  /** Text of any bytes. */
  bytes(most: number): string {
    let text = ''
    for (let left = this.below(most + 1); left > 0; left--) text += String.fromCharCode(this.below(256))
    return text
  }
}
