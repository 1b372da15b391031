import { type BalancerTargets, LoadBalancer } from './load-balancer.ts'
import { LeastWork } from './selection/least-work.ts'
import type { UnhealthyTargets } from './selection/is-healthy.ts'

/**
 * A LoadBalancer that takes the one with the least work under way, by weight: see {@link LeastWork}.
 * Pipy's `algo.LeastWorkLoadBalancer`.
 */
export class LeastWorkLoadBalancer extends LoadBalancer {
  /** @throws INVALID_ARGUMENT as LoadBalancer does */
  constructor(targets?: BalancerTargets | null, unhealthy?: UnhealthyTargets | null) {
    super(new LeastWork(), targets, unhealthy)
  }
}
