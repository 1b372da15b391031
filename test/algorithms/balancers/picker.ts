import type { BalancedTarget, Balancer, PickOptions } from '../../../src/algorithms/balancers/balancer.ts'
import { seededRandom } from '../../support/seeded-random.ts'

/** Picks from a balancer with a clock and chance of its own, and with another key for each pick. */
export class Picker {
  nowMs = 0
  readonly balancer: Balancer
  readonly #random: () => number
  #picks = 0

  constructor(balancer: Balancer, seed = 1) {
    this.balancer = balancer
    this.#random = seededRandom(seed)
  }

  pick(options: Partial<PickOptions> = {}): BalancedTarget | undefined {
    const key = `key-${this.#picks++}`
    return this.balancer.pick({ key, random: this.#random, nowMs: this.nowMs, ...options })
  }

  /** How often each target was picked. */
  count(picks: number, options: Partial<PickOptions> = {}): Map<BalancedTarget | undefined, number> {
    const counts = new Map<BalancedTarget | undefined, number>()
    for (let i = 0; i < picks; i++) {
      const target = this.pick(options)
      counts.set(target, (counts.get(target) ?? 0) + 1)
    }
    return counts
  }

  /** The target of each of so many keys. */
  targetsOfKeys(count: number): (BalancedTarget | undefined)[] {
    return Array.from({ length: count }, (_, i) => this.pick({ key: `key-${i}` }))
  }
}
