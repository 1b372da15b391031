import type { Balancer, BalancedTarget } from '../../../src/algorithms/balancers/balancer.ts'
import { seededRandom } from '../../support/seeded-random.ts'

interface SimulatedTarget extends BalancedTarget {
  active: number
  picks: number
}

/** So many requests are under way for each target. */
const REQUESTS_PER_TARGET = 4

/** A balancer with targets that are all alike and requests under way, of which the oldest ends when one begins. */
export class SimulatedService {
  readonly targets: readonly SimulatedTarget[]
  readonly #balancer: Balancer
  readonly #underWay: SimulatedTarget[] = []
  readonly #room: number
  #next = 0
  readonly #options = { key: '', random: seededRandom(1), nowMs: 0 }

  constructor(balancer: Balancer, targetCount: number) {
    this.targets = Array.from({ length: targetCount }, (_, i) => createTarget(`10.0.${i >> 8}.${i & 255}:8080`))
    this.#balancer = balancer
    this.#room = REQUESTS_PER_TARGET * targetCount
    balancer.update(this.targets)
  }

  /** A request: picks its target, tells the balancer that it begins, and that the oldest one ends. */
  request(key: string): void {
    const target = this.pick(key)
    const position = this.#next++ % this.#room
    const oldest = this.#underWay[position]
    this.#underWay[position] = target
    target.picks++
    target.active++
    this.#balancer.changed(target)
    if (oldest === undefined) return
    oldest.active--
    this.#balancer.changed(oldest)
  }

  /** Picks a target and does nothing with it. */
  pick(key: string): SimulatedTarget {
    this.#options.key = key
    return this.#balancer.pick(this.#options) as SimulatedTarget
  }
}

function createTarget(address: string): SimulatedTarget {
  return { address, weight: 1, isAvailable: true, active: 0, latencyMs: 0, picks: 0 }
}
