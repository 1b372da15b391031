import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { type HeapItem, IndexedHeap } from './indexed-heap.ts'
import { isUsable, MAX_FURTHER_TRIES } from './is-usable.ts'
import { limitWeight } from './limit-weight.ts'

/** A target's next turn: due from `start` on, until `deadline`, in virtual time. */
interface Turn extends HeapItem {
  readonly target: BalancedTarget
  order: number
  /** What it takes part with; 0 for a target that takes no part now. */
  weight: number
  /** `start` is `base + uses / weight`: adding up the parts one by one would add up their rounding errors. */
  base: number
  uses: number
  start: number
  deadline: number
}

/** After so many picks the virtual time starts at 0 again, before it gets too large to be exact. */
const PICKS_PER_EPOCH = 2 ** 20

/** So many requests a target may be behind or ahead of its share. Without exclusions it is less than one. */
const MAX_OWED = 2

/** Times that differ by less, in parts of a pick, are the same but for rounding. */
const TOLERANCE = 2 ** -20

/**
 * Takes turns by weight, as evenly as can be: while the targets stay the same, each has had its exact share of all
 * picks, give or take less than one, after any number of picks. Targets with the weights 5, 1, 1 are picked a b a a c a
 * a. Newcomers and those that come back start level with the others; a new weight counts from the next turn on. An
 * excluded target keeps its turn for the next pick. O(log n) per pick.
 *
 * This is earliest eligible virtual deadline first (Stoica and Abdel-Wahab, 1995; for requests of one size the same as
 * WF²Q of Bennett and Zhang, 1996): virtual time runs by 1 / (sum of the weights) per pick, a turn of a target lasts 1 /
 * weight of it, and of the turns that have begun the one that ends first is next. The "smooth" round robin of nginx has
 * the same purpose, takes O(n) and bounds nothing.
 */
export class RoundRobinBalancer implements Balancer {
  readonly name = 'round-robin'
  readonly isKeyed = false
  #turns = new Map<BalancedTarget, Turn>()
  readonly #begun = new IndexedHeap<Turn>((a, b) => isBefore(a.deadline, b.deadline, a, b))
  readonly #coming = new IndexedHeap<Turn>((a, b) => isBefore(a.start, b.start, a, b))
  #totalWeight = 0
  /** Virtual time is `base + picks / totalWeight`. */
  #base = 0
  #picks = 0

  update(targets: readonly BalancedTarget[]): void {
    const previous = this.#turns
    this.#turns = new Map()
    let order = 0
    for (const target of targets) {
      const turn = previous.get(target) ?? createTurn(target)
      if (this.#turns.has(target)) continue
      this.#turns.set(target, turn)
      turn.order = order++
    }
    for (const turn of previous.values()) {
      if (!this.#turns.has(turn.target)) this.#weigh(turn, 0)
    }
    for (const turn of this.#turns.values()) this.#weigh(turn, weightOf(turn.target))
    this.#scheduleAll()
  }

  changed(target: BalancedTarget): void {
    const turn = this.#turns.get(target)
    if (turn !== undefined) this.#weigh(turn, weightOf(target))
  }

  pick(options: PickOptions): BalancedTarget | undefined {
    this.#begin()
    const turn = this.#next(options)
    if (turn === undefined) return undefined
    this.#leave(turn)
    this.#forgive(turn)
    this.#picks++
    turn.uses++
    this.#schedule(turn)
    if (this.#picks >= PICKS_PER_EPOCH) this.#startEpoch()
    return turn.target
  }

  get #now(): number {
    return this.#picks === 0 ? this.#base : this.#base + this.#picks / this.#totalWeight
  }

  /** Lets the turns begin whose time has come. When none is left that has begun, time jumps to the next. */
  #begin(): void {
    const { first } = this.#coming
    if (first === undefined) return
    if (this.#begun.size === 0 && first.start > this.#now) this.#setTime(first.start)
    const latest = this.#now + TOLERANCE / this.#totalWeight
    for (let turn = this.#coming.first; turn !== undefined && turn.start <= latest; turn = this.#coming.first) {
      this.#coming.remove(turn)
      this.#begun.push(turn)
    }
  }

  #next(options: PickOptions): Turn | undefined {
    const { first } = this.#begun
    if (first === undefined) return undefined
    const isWanted = ({ target }: Turn): boolean => isUsable(target, options)
    if (isWanted(first)) return first
    const found = this.#begun.find(isWanted, MAX_FURTHER_TRIES) ?? this.#coming.find(isWanted, MAX_FURTHER_TRIES)
    if (found !== undefined) return found
    let earliest: Turn | undefined
    for (const turn of this.#turns.values()) {
      if (turn.weight === 0 || !isWanted(turn)) continue
      if (earliest === undefined || isBefore(turn.deadline, earliest.deadline, turn, earliest)) earliest = turn
    }
    return earliest
  }

  /** Picks that avoid a target, or all others, again and again: what it missed or had too much is not made up for. */
  #forgive(turn: Turn): void {
    const now = this.#now
    const owed = (now - turn.start) * turn.weight
    const forgiven = owed - Math.min(MAX_OWED, Math.max(-MAX_OWED, owed))
    if (forgiven === 0) return
    turn.base += forgiven / turn.weight
    this.#setTime(now + forgiven / this.#totalWeight)
  }

  /** Gives a target another weight; what it is owed, or has had too much, in requests, stays. */
  #weigh(turn: Turn, weight: number): void {
    if (turn.weight === weight) return
    const now = this.#now
    const owed = turn.weight > 0 ? (now - turn.start) * turn.weight : 0
    this.#leave(turn)
    this.#setTime(now)
    const isAlone = this.#begun.size + this.#coming.size === 0
    this.#totalWeight = isAlone ? weight : this.#totalWeight + weight - turn.weight
    turn.weight = weight
    if (weight === 0) {
      // What it was owed goes to the others.
      if (!isAlone) this.#setTime(now + owed / this.#totalWeight)
      return
    }
    turn.base = now - owed / weight
    turn.uses = 0
    this.#schedule(turn)
  }

  #schedule(turn: Turn): void {
    turn.start = turn.base + turn.uses / turn.weight
    turn.deadline = turn.base + (turn.uses + 1) / turn.weight
    this.#coming.push(turn)
  }

  #leave(turn: Turn): void {
    if (this.#begun.has(turn)) this.#begun.remove(turn)
    else if (this.#coming.has(turn)) this.#coming.remove(turn)
  }

  #setTime(time: number): void {
    this.#base = time
    this.#picks = 0
  }

  /** Puts the virtual time back to 0, and the turns with it. */
  #startEpoch(): void {
    const now = this.#now
    for (const turn of this.#turns.values()) {
      turn.base = turn.start - now
      turn.uses = 0
    }
    this.#setTime(0)
    this.#scheduleAll()
  }

  /** Orders all turns anew, by their times and the order of the list. */
  #scheduleAll(): void {
    this.#begun.clear()
    this.#coming.clear()
    for (const turn of this.#turns.values()) {
      if (turn.weight > 0) this.#schedule(turn)
    }
  }
}

function createTurn(target: BalancedTarget): Turn {
  return { target, order: 0, weight: 0, base: 0, uses: 0, start: 0, deadline: 0, position: -1 }
}

function weightOf(target: BalancedTarget): number {
  return target.isAvailable ? limitWeight(target.weight) : 0
}

function isBefore(timeOfA: number, timeOfB: number, a: Turn, b: Turn): boolean {
  return timeOfA === timeOfB ? a.order < b.order : timeOfA < timeOfB
}
