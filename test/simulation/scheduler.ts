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
    const waiting = this.#waiting
    const i = Math.floor(this.#random() * waiting.length)
    const action = waiting[i]
    const last = waiting.pop()
    if (i < waiting.length && last !== undefined) waiting[i] = last
    action?.()
  }
}
