import type { BalancedTarget, PickOptions } from './balancer.ts'
import { isUsable } from './is-usable.ts'
import { limitWeight } from './limit-weight.ts'
import { PlacedTarget } from './placed-target.ts'

/** A target that is placed with another weight now: 0 before for a newcomer, 0 after for one that left. */
export interface PlacementChange {
  readonly placed: PlacedTarget
  readonly before: number
  readonly after: number
}

/** A weight that changes by itself, as in slow start, is taken into the placement at most this often. */
const WEIGHT_INTERVAL_MS = 1_000

/**
 * What keyed balancers share: the targets in the order of their addresses, since the order of the list must not matter,
 * and when their table has to be made again. That is after an update and after changes of weights, not when a target is
 * unavailable: it keeps its place, so that everything is as before when it comes back.
 */
export class PlacedTargets {
  #listed = new Map<BalancedTarget, PlacedTarget>()
  #left: PlacedTarget[] = []
  #sorted: readonly PlacedTarget[] = []
  #isUpdated = false
  #hasNewWeights = false
  #placedAtMs = -Infinity

  update(targets: readonly BalancedTarget[]): void {
    const previous = this.#listed
    this.#listed = new Map()
    for (const target of targets) this.#listed.set(target, previous.get(target) ?? new PlacedTarget(target))
    for (const placed of previous.values()) {
      if (!this.#listed.has(placed.target) && placed.weight > 0) this.#left.push(placed)
    }
    this.#isUpdated = true
  }

  changed(target: BalancedTarget): void {
    const placed = this.#listed.get(target)
    if (placed !== undefined && placed.weight !== limitWeight(target.weight)) this.#hasNewWeights = true
  }

  get(target: BalancedTarget): PlacedTarget | undefined {
    return this.#listed.get(target)
  }

  /** Those with a weight above 0, by address. */
  get sorted(): readonly PlacedTarget[] {
    return this.#sorted
  }

  /** Whether there is anything to choose from. */
  get isEmpty(): boolean {
    return this.#listed.size === 0
  }

  /** Takes over new targets and weights when it is time. @returns what is placed otherwise now, if anything */
  refresh(nowMs: number): readonly PlacementChange[] {
    const isDue = this.#hasNewWeights && !(Math.abs(nowMs - this.#placedAtMs) < WEIGHT_INTERVAL_MS)
    if (!this.#isUpdated && !isDue) return NO_CHANGES
    const changes: PlacementChange[] = this.#left.map((placed) => ({ placed, before: placed.weight, after: 0 }))
    for (const placed of this.#listed.values()) {
      const after = limitWeight(placed.target.weight)
      if (after !== placed.weight) changes.push({ placed, before: placed.weight, after })
    }
    for (const { placed, after } of changes) placed.weight = after
    this.#left = []
    this.#isUpdated = false
    this.#hasNewWeights = false
    this.#placedAtMs = nowMs
    if (changes.length > 0) this.#sorted = [...this.#listed.values()].filter(({ weight }) => weight > 0).sort(byAddress)
    return changes
  }

  /**
   * The usable target that bids lowest for a place, by a look at all: for when those that the table names are not usable.
   * @param isPreferred those of which it is true come first
   */
  findLowestBid(
    place: number,
    options: PickOptions,
    isPreferred: (target: BalancedTarget) => boolean = allAlike,
  ): BalancedTarget | undefined {
    let lowest: PlacedTarget | undefined
    let lowestBid = Infinity
    let isLowestPreferred = false
    for (const placed of this.#listed.values()) {
      const { target } = placed
      if (!isUsable(target, options)) continue
      const isThisPreferred = isPreferred(target)
      if (isLowestPreferred && !isThisPreferred) continue
      const bid = placed.bid(place, limitWeight(target.weight))
      const isBetter = isThisPreferred !== isLowestPreferred || bid < lowestBid
      if (lowest !== undefined && !isBetter && !(bid === lowestBid && byAddress(placed, lowest) < 0)) continue
      lowest = placed
      lowestBid = bid
      isLowestPreferred = isThisPreferred
    }
    return lowest?.target
  }
}

const NO_CHANGES: readonly PlacementChange[] = []

function byAddress(a: PlacedTarget, b: PlacedTarget): number {
  return a.address < b.address ? -1 : Number(a.address > b.address)
}

function allAlike(): boolean {
  return false
}
