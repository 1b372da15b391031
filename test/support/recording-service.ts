import type { TargetInit } from '../../src/algorithms/service/target-init.ts'

/** A service that keeps the lists which it is given. */
export class RecordingService {
  readonly name: string | undefined
  readonly lists: (readonly TargetInit[])[] = []
  /** Refuses a list by throwing. */
  check: (targets: readonly TargetInit[]) => void = () => {}
  #wake: (() => void)[] = []

  constructor(name?: string) {
    this.name = name
  }

  set(targets: readonly TargetInit[]): void {
    this.check(targets)
    this.lists.push(targets)
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** The addresses of each list, in the order of the alphabet. */
  get addresses(): string[][] {
    return this.lists.map((list) => list.map((target) => (typeof target === 'string' ? target : target.address)).sort())
  }

  /** Waits until it was given so many lists. */
  async got(count: number): Promise<void> {
    while (this.lists.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }
}
