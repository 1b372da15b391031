import type { ProxyError } from '../errors.ts'

/** What a turn comes to: how many were given, why it will not come, or nothing when it was given up. */
export type TurnOutcome = number | ProxyError | undefined

/** What a turn is part of. */
export interface TurnOwner {
  /** It was given up before its time came. */
  leave(turn: ThrottleTurn): void
  /** Takes back what was given to a turn that nobody made use of. */
  takeBack(count: number): void
}

/** Somebody who waits for a share of a quota. */
export class ThrottleTurn {
  /** How much is wanted, and what would do. */
  readonly count: number
  readonly least: number
  readonly priority: number
  /** Settles when the turn has come, or will not. */
  readonly outcome: Promise<TurnOutcome>
  readonly #owner: TurnOwner
  #resolve: (outcome: TurnOutcome) => void = () => undefined
  #given = 0
  #isSettled = false

  constructor(owner: TurnOwner, count: number, least: number, priority: number) {
    this.#owner = owner
    this.count = count
    this.least = least
    this.priority = priority
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** The turn has come, or will not. */
  settle(outcome: number | ProxyError): void {
    this.#isSettled = true
    if (typeof outcome === 'number') this.#given = outcome
    this.#resolve(outcome)
  }

  /** Whoever waited has heard of the outcome: what was given is theirs. */
  claim(): void {
    this.#given = 0
  }

  /** Whoever waited is gone. What was given and not claimed goes back. */
  cancel(): void {
    const given = this.#given
    this.#given = 0
    if (given > 0) this.#owner.takeBack(given)
    if (this.#isSettled) return
    this.#isSettled = true
    this.#owner.leave(this)
    this.#resolve(undefined)
  }
}
