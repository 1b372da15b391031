import { isHealthy, type UnhealthyTargets } from './is-healthy.ts'

/** A target in a CandidateQueue. */
export interface Candidate {
  readonly target: string
  weight: number
  /** What counts against it; the least loaded is first. */
  load: number
  /** Among equal loads the smaller turn is first. */
  turn: number
  /** Among equal turns the order of the list decides. */
  order: number
  /** For the selection's own counting. */
  uses: number
  base: number
  /** Where it is in the heap; -1 outside. */
  position: number
}

/** Sets a candidate's load when it comes in, comes back, or has another weight. */
export type AdmitCandidate = (candidate: Candidate, minimumLoad: number) => void

/** Of the targets that were found unhealthy so many are asked about again in one pick. */
const RECHECKS_PER_PICK = 8

const OUTSIDE = -1

/**
 * Targets in the order of their load, as a binary heap: `first` and `moved` take logarithmic time. Targets whose weight
 * is 0 are outside. So are those found unhealthy when their turn came; each pick asks about a few of them again, and
 * when no other is left, about all.
 */
export class CandidateQueue {
  readonly #admit: AdmitCandidate
  #candidates = new Map<string, Candidate>()
  readonly #heap: Candidate[] = []
  readonly #unhealthy = new Set<Candidate>()
  #lastMinimumLoad = 0

  constructor(admit: AdmitCandidate) {
    this.#admit = admit
  }

  /** The candidate of a target. */
  get(target: string): Candidate | undefined {
    return this.#candidates.get(target)
  }

  /** Sets the list; candidates that are on it already go on with what they have. */
  update(weights: ReadonlyMap<string, number>): void {
    const minimumLoad = this.#minimumLoad
    const previous = this.#candidates
    this.#candidates = new Map()
    this.#heap.length = 0
    for (const [target, weight] of weights) {
      const candidate = previous.get(target) ?? createCandidate(target)
      const isChanged = candidate.weight !== weight
      candidate.order = this.#candidates.size
      candidate.weight = weight
      candidate.position = OUTSIDE
      this.#candidates.set(target, candidate)
      if (weight > 0 && isChanged) this.#admit(candidate, minimumLoad)
    }
    for (const candidate of this.#unhealthy) {
      const isListed = this.#candidates.get(candidate.target) === candidate
      if (!isListed || candidate.weight === 0) this.#unhealthy.delete(candidate)
    }
    for (const candidate of this.#candidates.values()) {
      if (candidate.weight > 0 && !this.#unhealthy.has(candidate)) this.#push(candidate)
    }
  }

  /** The healthy candidate with the smallest load. */
  first(unhealthy: UnhealthyTargets | undefined): Candidate | undefined {
    this.#recheck(unhealthy, RECHECKS_PER_PICK)
    let [first] = this.#heap
    while (first !== undefined && !isHealthy(first.target, unhealthy)) {
      this.#removeFirst()
      this.#unhealthy.add(first)
      first = this.#heap[0]
    }
    if (first === undefined) {
      this.#recheck(unhealthy, this.#unhealthy.size)
      first = this.#heap[0]
    }
    if (first !== undefined) this.#lastMinimumLoad = first.load
    return first
  }

  /** Puts a candidate in its place again after its load or turn changed. */
  moved(candidate: Candidate): void {
    if (candidate.position === OUTSIDE) return
    this.#rise(candidate)
    this.#sink(candidate)
  }

  /** Where the load stands: of the first, or where it stood when there last was one. */
  get #minimumLoad(): number {
    return this.#heap[0]?.load ?? this.#lastMinimumLoad
  }

  #recheck(unhealthy: UnhealthyTargets | undefined, count: number): void {
    const isForAll = count >= this.#unhealthy.size
    let rest = Math.min(count, this.#unhealthy.size)
    for (const candidate of this.#unhealthy) {
      if (rest-- <= 0) return
      if (isHealthy(candidate.target, unhealthy)) {
        this.#unhealthy.delete(candidate)
        this.#admit(candidate, this.#minimumLoad)
        this.#push(candidate)
      } else if (!isForAll) {
        // To the end, so that everyone's turn to be asked comes.
        this.#unhealthy.delete(candidate)
        this.#unhealthy.add(candidate)
      }
    }
  }

  #push(candidate: Candidate): void {
    candidate.position = this.#heap.length
    this.#heap.push(candidate)
    this.#rise(candidate)
  }

  #removeFirst(): void {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) return
    first.position = OUTSIDE
    if (first === last) return
    this.#place(last, 0)
    this.#sink(last)
  }

  #rise(candidate: Candidate): void {
    let { position } = candidate
    while (position > 0) {
      const above = (position - 1) >> 1
      const parent = this.#heap[above] as Candidate
      if (!precedes(candidate, parent)) break
      this.#place(parent, position)
      position = above
    }
    this.#place(candidate, position)
  }

  #sink(candidate: Candidate): void {
    let { position } = candidate
    for (;;) {
      const below = this.#smallerChild(position)
      if (below === undefined || !precedes(below, candidate)) break
      const { position: from } = below
      this.#place(below, position)
      position = from
    }
    this.#place(candidate, position)
  }

  #smallerChild(position: number): Candidate | undefined {
    const left = this.#heap[2 * position + 1]
    const right = this.#heap[2 * position + 2]
    return left !== undefined && right !== undefined && precedes(right, left) ? right : left
  }

  #place(candidate: Candidate, position: number): void {
    this.#heap[position] = candidate
    candidate.position = position
  }
}

function createCandidate(target: string): Candidate {
  return { target, weight: 0, load: 0, turn: 0, order: 0, uses: 0, base: 0, position: OUTSIDE }
}

function precedes(a: Candidate, b: Candidate): boolean {
  if (a.load !== b.load) return a.load < b.load
  return a.turn === b.turn ? a.order < b.order : a.turn < b.turn
}
