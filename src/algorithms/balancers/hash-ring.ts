import type { BalancedTarget } from './balancer.ts'
import type { PlacedTarget } from './placed-target.ts'

/** Beyond so many points each target gets half as many, and so on. */
const MAX_POINTS = 2 ** 18

/** For sorting a point and its owner are one number: 32 bits of the one before 20 bits of the other. */
const MAX_OWNERS = 2 ** 20
const NOBODY = -1

/** Targets at points on a ring of 32-bit hashes, more the heavier they are. */
export class HashRing {
  readonly #pointsPerTarget: number
  #targets: readonly PlacedTarget[] = []
  #counts: ReadonlyMap<PlacedTarget, number> = new Map()
  #points = new Uint32Array()
  #owners = new Uint32Array()

  constructor(pointsPerTarget: number) {
    this.#pointsPerTarget = pointsPerTarget
  }

  get size(): number {
    return this.#points.length
  }

  /**
   * Sets the targets. A target's points depend on nothing but its address and weight, apart from how many there are in
   * all: the others' stay where they are. With a larger weight points are added, with a smaller one the last go.
   */
  place(targets: readonly PlacedTarget[]): void {
    const counts = this.#countPoints(targets)
    const added = this.#findPoints(targets, counts)
    const kept = this.#keepPoints(targets, counts)
    const size = added.length + kept.length
    this.#points = new Uint32Array(size)
    this.#owners = new Uint32Array(size)
    for (let i = 0, fromAdded = 0, fromKept = 0; i < size; i++) {
      const isAdded = fromKept === kept.length || (added[fromAdded] as number) < (kept[fromKept] as number)
      const both = (isAdded ? added[fromAdded++] : kept[fromKept++]) as number
      const point = Math.floor(both / MAX_OWNERS)
      this.#points[i] = point
      this.#owners[i] = both - point * MAX_OWNERS
    }
    this.#targets = targets
    this.#counts = new Map(targets.map((target, i) => [target, counts[i] as number]))
  }

  /** The points of targets that are new or have another number of them, in order. */
  #findPoints(targets: readonly PlacedTarget[], counts: readonly number[]): Float64Array {
    const isOther = (target: PlacedTarget, owner: number): boolean => this.#counts.get(target) !== counts[owner]
    const packed = new Float64Array(
      targets.reduce((sum, target, owner) => sum + (isOther(target, owner) ? (counts[owner] as number) : 0), 0),
    )
    let size = 0
    for (const [owner, target] of targets.entries()) {
      if (!isOther(target, owner)) continue
      const count = counts[owner] as number
      for (let i = 0; i < count; i++) packed[size++] = target.hashWith(i) * MAX_OWNERS + owner
    }
    return packed.sort()
  }

  /** The points of all others, in order: sorting them again would take most of the time of a change. */
  #keepPoints(targets: readonly PlacedTarget[], counts: readonly number[]): Float64Array {
    const owners = new Map(targets.map((target, owner) => [target, owner]))
    const newOwners = Int32Array.from(
      this.#targets.map((target) => {
        const owner = owners.get(target)
        return owner !== undefined && this.#counts.get(target) === counts[owner] ? owner : NOBODY
      }),
    )
    const packed = new Float64Array(this.#points.length)
    let size = 0
    for (let i = 0; i < this.#points.length; i++) {
      const owner = newOwners[this.#owners[i] as number] as number
      if (owner !== NOBODY) packed[size++] = (this.#points[i] as number) * MAX_OWNERS + owner
    }
    return packed.subarray(0, size)
  }

  /** The first point at or behind a place on the ring; the size when there is none up to its end. */
  find(place: number): number {
    let from = 0
    let to = this.#points.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#points[middle] as number) < place) from = middle + 1
      else to = middle
    }
    return from
  }

  /** Whose a point is. Behind the last comes the first. */
  targetAt(index: number): BalancedTarget | undefined {
    const wrapped = index < this.#owners.length ? index : index - this.#owners.length
    return this.#targets[this.#owners[wrapped] as number]?.target
  }

  #countPoints(targets: readonly PlacedTarget[]): number[] {
    const totalWeight = targets.reduce((sum, { weight }) => sum + weight, 0)
    const heaviest = targets.reduce((most, { weight }) => Math.max(most, weight), 0)
    let pointsPerWeight = this.#pointsPerTarget
    // Powers of two, so that the many weights that ask for the same scale keep their points.
    for (let scaled = heaviest; scaled > 0 && scaled < 1; scaled *= 2) pointsPerWeight *= 2
    while (pointsPerWeight * totalWeight > MAX_POINTS) pointsPerWeight /= 2
    return targets.map(({ weight }) => Math.max(1, Math.round(weight * pointsPerWeight)))
  }
}
