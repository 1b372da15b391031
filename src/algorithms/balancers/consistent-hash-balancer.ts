import { ProxyError } from '../../errors.ts'
import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { isUsable } from './is-usable.ts'
import { keyHash } from './key-hash.ts'
import { limitWeight } from './limit-weight.ts'
import { PlacedTargets } from './placed-targets.ts'
import { HashRing } from './hash-ring.ts'

export interface ConsistentHashOptions {
  /** Points on the ring for a target of weight 1: more make shares more even and the ring larger. @default 160 */
  readonly pointsPerTarget?: number
  /**
   * How many times its share of the requests under way a target may have before its keys go to the next, from 1 up;
   * Infinity for no bound. @default 1.25
   */
  readonly loadFactor?: number
  /**
   * With fewer requests under way a target is never too loaded, so that keys do not move in a quiet service. 1 is the
   * bound as published. @default 8
   */
  readonly minActive?: number
}

interface Load {
  active: number
  weight: number
}

const NO_LOAD: Load = { active: 0, weight: 0 }

/** So many points are walked along before all targets are looked at. */
const MAX_STEPS = 64

/**
 * The same key goes to the same target: the one whose point on a ring of hashes is the next behind the key's (Karger et
 * al., 1997; 160 points per unit of weight, as libketama has them). When a target leaves, its keys move and no others;
 * when one joins, only what it gets. O(log n) per pick.
 *
 * With bounded load (Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016): a target that
 * has more than 1.25 times its share of all requests under way passes further ones on to the next on the ring, so one hot
 * key cannot drown its target. Which keys move then depends on the load that this process sees.
 *
 * The list's order does not matter and, below the bound, nothing but addresses and weights does, so that all processes
 * agree. A target that is unavailable keeps its points: only its keys move, and they come back with it. A weight that
 * changes by itself is taken over at most once a second.
 */
export class ConsistentHashBalancer implements Balancer {
  readonly name = 'consistent-hash'
  readonly isKeyed = true
  readonly #targets = new PlacedTargets()
  readonly #ring: HashRing
  readonly #loadFactor: number
  readonly #minActive: number
  #loads = new Map<BalancedTarget, Load>()
  #total: Load = { active: 0, weight: 0 }

  /** Throws INVALID_ARGUMENT for an option that is out of range. */
  constructor({ pointsPerTarget = 160, loadFactor = 1.25, minActive = 8 }: ConsistentHashOptions = {}) {
    const isWhole = Number.isInteger(pointsPerTarget)
    check(
      'pointsPerTarget',
      pointsPerTarget,
      isWhole && pointsPerTarget >= 1 && pointsPerTarget <= 10_000,
      'a whole number from 1 to 10000',
    )
    check('loadFactor', loadFactor, loadFactor >= 1, 'a number from 1 up')
    check('minActive', minActive, minActive >= 1, 'a number from 1 up')
    this.#ring = new HashRing(pointsPerTarget)
    this.#loadFactor = loadFactor
    this.#minActive = minActive
  }

  update(targets: readonly BalancedTarget[]): void {
    this.#targets.update(targets)
    this.#loads = new Map()
    this.#total = { active: 0, weight: 0 }
    for (const target of targets) this.#count(target)
  }

  changed(target: BalancedTarget): void {
    if (this.#targets.get(target) === undefined) return
    this.#targets.changed(target)
    this.#count(target)
  }

  pick(options: PickOptions): BalancedTarget | undefined {
    if (this.#targets.isEmpty) return undefined
    if (this.#targets.refresh(options.nowMs).length > 0) this.#ring.place(this.#targets.sorted)
    const place = keyHash(options)
    const start = this.#ring.find(place)
    const steps = Math.min(MAX_STEPS, this.#ring.size)
    for (let step = 0; step < steps; step++) {
      const target = this.#ring.targetAt(start + step)
      if (target !== undefined && isUsable(target, options) && this.#hasRoom(target)) return target
    }
    return this.#targets.findLowestBid(place, options, (target) => this.#hasRoom(target))
  }

  #hasRoom(target: BalancedTarget): boolean {
    if (target.active < this.#minActive) return true
    const share = target.weight / this.#total.weight
    return target.active < Math.ceil(this.#loadFactor * (this.#total.active + 1) * share)
  }

  /** Keeps the sums over the targets that may get requests. */
  #count(target: BalancedTarget): void {
    const { active, weight } = this.#loads.get(target) ?? NO_LOAD
    const newWeight = target.isAvailable ? limitWeight(target.weight) : 0
    const newActive = newWeight > 0 ? target.active : 0
    this.#total.active += newActive - active
    this.#total.weight += newWeight - weight
    this.#loads.set(target, { active: newActive, weight: newWeight })
  }
}

function check(name: string, value: number, isValid: boolean, expected: string): void {
  if (isValid) return
  throw new ProxyError('INVALID_ARGUMENT', `Cannot make a ring with ${name} ${value}: expected ${expected}`)
}
