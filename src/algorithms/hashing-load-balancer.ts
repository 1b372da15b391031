import { type BalancerTargets, LoadBalancer } from './load-balancer.ts'
import { Hashing } from './selection/hashing.ts'
import type { UnhealthyTargets } from './selection/is-healthy.ts'

/**
 * A LoadBalancer that lets the tag decide: see {@link Hashing}.
 * Pipy's `algo.HashingLoadBalancer`.
 */
export class HashingLoadBalancer extends LoadBalancer {
  /** @throws INVALID_ARGUMENT as LoadBalancer does */
  constructor(targets?: BalancerTargets | null, unhealthy?: UnhealthyTargets | null) {
    super(new Hashing(), targets, unhealthy)
  }
}
