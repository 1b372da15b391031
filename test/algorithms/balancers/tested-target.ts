import type { BalancedTarget, Balancer } from '../../../src/algorithms/balancers/balancer.ts'

/** A target whose state a test sets; its balancer has to be told, as a service does. Counts how often it is looked at. */
export class TestedTarget implements BalancedTarget {
  readonly address: string
  weight: number
  isUp = true
  active = 0
  latencyMs = 0
  looks = 0

  constructor(address: string, weight = 1) {
    this.address = address
    this.weight = weight
  }

  get isAvailable(): boolean {
    this.looks++
    return this.isUp
  }

  /** Sets some of its state and tells the balancer. */
  set(balancer: Balancer, state: Partial<Pick<TestedTarget, 'weight' | 'isUp' | 'active' | 'latencyMs'>>): void {
    Object.assign(this, state)
    balancer.changed(this)
  }
}

/** Targets with these weights, each with an address of its own. */
export function targetsOf(weights: readonly number[]): TestedTarget[] {
  return weights.map((weight, i) => new TestedTarget(`10.0.${i >> 8}.${i & 255}:8080`, weight))
}

/** So many targets of weight 1. */
export function manyTargets(count: number): TestedTarget[] {
  return targetsOf(Array.from({ length: count }, () => 1))
}
