/** Who acts next is drawn by chance: everything that is to be done soon waits here, and one of it is done at a time. */
export class Scheduler {
  readonly #random: () => number
  readonly #waiting: (() => void)[] = []

  constructor(random: () => number) {
    this.#random = random
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(action: () => void): void {
    this.#waiting.push(action)
  }

  /** Does one of the things that wait. */
  step(): void {
    const i = Math.floor(this.#random() * this.#waiting.length)
    const [action] = this.#waiting.splice(i, 1)
    action?.()
  }
}
