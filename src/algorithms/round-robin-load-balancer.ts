import { type BalancerTargets, LoadBalancer } from './load-balancer.ts'
import { RoundRobin } from './selection/round-robin.ts'
import type { UnhealthyTargets } from './selection/is-healthy.ts'

/**
 * A LoadBalancer that takes turns among them, by weight: see {@link RoundRobin}.
 * Pipy's `algo.RoundRobinLoadBalancer`.
 */
export class RoundRobinLoadBalancer extends LoadBalancer {
  /** @throws INVALID_ARGUMENT as LoadBalancer does */
  constructor(targets?: BalancerTargets | null, unhealthy?: UnhealthyTargets | null) {
    super(new RoundRobin(), targets, unhealthy)
  }
}
