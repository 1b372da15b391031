import type { ThrottleTurn } from './throttle-turn.ts'

/** Turns in the order in which they come: the higher priority first, and of one priority the older. */
export class WaitingTurns implements Iterable<ThrottleTurn> {
  /** By priority, the highest first. */
  readonly #levels: { readonly priority: number; readonly turns: Set<ThrottleTurn> }[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  get first(): ThrottleTurn | undefined {
    for (const turn of this) return turn
    return undefined
  }

  /** Who goes when there are too many. */
  get last(): ThrottleTurn | undefined {
    return [...(this.#levels.at(-1)?.turns ?? [])].at(-1)
  }

  /** Whether somebody waits whose priority is lower. */
  hasBelow(priority: number): boolean {
    const lowest = this.#levels.at(-1)
    return lowest !== undefined && lowest.priority < priority
  }

  add(turn: ThrottleTurn): void {
    const { priority } = turn
    const i = this.#levels.findIndex((level) => level.priority <= priority)
    const level = this.#levels[i]
    if (level?.priority === priority) level.turns.add(turn)
    else this.#levels.splice(i < 0 ? this.#levels.length : i, 0, { priority, turns: new Set([turn]) })
    this.#count++
  }

  delete(turn: ThrottleTurn): void {
    const i = this.#levels.findIndex(({ priority }) => priority === turn.priority)
    const level = this.#levels[i]
    if (level === undefined || !level.turns.delete(turn)) return
    this.#count--
    if (level.turns.size === 0) this.#levels.splice(i, 1)
  }

  *[Symbol.iterator](): Iterator<ThrottleTurn> {
    for (const { turns } of [...this.#levels]) yield* turns
  }
}
