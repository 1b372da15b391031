import { CandidateQueue } from './candidate-queue.ts'
import type { UnhealthyTargets } from './is-healthy.ts'
import type { Selection } from './selection.ts'

/**
 * Takes turns, weighted: always the target with the fewest picks for its weight, the first in the list among equals.
 * Weights z 2, a 1, m 1 give z a m z, z a m z, … as in Pipy.
 *
 * Pipy starts all counters again after each round. Here they go on, which gives the same order and lets targets come,
 * recover and change their weight in mid-round: these start level with the target that is furthest behind.
 */
export class RoundRobin implements Selection {
  readonly isKeyed = false
  readonly #queue = new CandidateQueue((candidate, minimumLoad) => {
    candidate.load = Math.max(candidate.load, minimumLoad)
    candidate.base = candidate.load
    candidate.uses = 0
  })

  update(weights: ReadonlyMap<string, number>): void {
    this.#queue.update(weights)
  }

  pick(_key: unknown, unhealthy: UnhealthyTargets | undefined): string | undefined {
    const candidate = this.#queue.first(unhealthy)
    if (candidate === undefined) return undefined
    // Not load + 1 / weight: the rounding errors of a sum would break ties.
    candidate.load = candidate.base + ++candidate.uses / candidate.weight
    this.#queue.moved(candidate)
    return candidate.target
  }

  /** Nothing: who keeps to a target does not take its turn. */
  hold(_target: string): void {}

  /** Nothing: a turn is not given back. */
  release(_target: string): void {}
}
