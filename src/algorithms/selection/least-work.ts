import { type Candidate, CandidateQueue } from './candidate-queue.ts'
import type { UnhealthyTargets } from './is-healthy.ts'
import type { Selection } from './selection.ts'

/**
 * Takes the target with the least work under way for its weight. Equals take turns, so that targets which answer fast
 * share the work; in Pipy the first in the list gets it all.
 */
export class LeastWork implements Selection {
  readonly isKeyed = false
  readonly #queue = new CandidateQueue((candidate) => {
    candidate.load = candidate.uses / candidate.weight
  })
  #lastTurn = 0

  update(weights: ReadonlyMap<string, number>): void {
    this.#queue.update(weights)
  }

  pick(_key: unknown, unhealthy: UnhealthyTargets | undefined): string | undefined {
    const candidate = this.#queue.first(unhealthy)
    if (candidate === undefined) return undefined
    candidate.turn = ++this.#lastTurn
    this.#count(candidate, 1)
    return candidate.target
  }

  hold(target: string): void {
    const candidate = this.#queue.get(target)
    if (candidate !== undefined) this.#count(candidate, 1)
  }

  release(target: string): void {
    const candidate = this.#queue.get(target)
    if (candidate !== undefined && candidate.uses > 0) this.#count(candidate, -1)
  }

  #count(candidate: Candidate, change: 1 | -1): void {
    candidate.uses += change
    candidate.load = candidate.uses / candidate.weight
    this.#queue.moved(candidate)
  }
}
