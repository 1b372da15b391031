import { hash } from '../hash.ts'
import type { BalancedTarget } from './balancer.ts'
import { mixHash } from './mix-hash.ts'

/** A target of a keyed balancer: its address alone decides its hashes, so that every process places it alike. */
export class PlacedTarget {
  readonly target: BalancedTarget
  readonly address: string
  /** The weight that the placement was made with; the target's own may be newer. */
  weight = 0
  readonly #low: number
  readonly #high: number

  constructor(target: BalancedTarget) {
    const whole = hash(target.address)
    this.target = target
    this.address = target.address
    this.#low = whole >>> 0
    this.#high = Math.floor(whole / 0x1_0000_0000)
  }

  /** 32 bits for this target and a number: by 53 bits of the address, since of 32 bits two of 100,000 could agree. */
  hashWith(value: number): number {
    return mixHash(mixHash(value, this.#low), this.#high)
  }

  /**
   * What this target bids for a place; the lowest of all bids has it. It is distributed exponentially with the weight as
   * its rate, so each target bids lowest for a share of all places that is its share of the weights (Schindelhauer and
   * Schomaker, "Weighted Distributed Hash Tables", 2005).
   */
  bid(place: number, weight = this.weight): number {
    return -Math.log((this.hashWith(place) + 0.5) / 0x1_0000_0000) / weight
  }
}
