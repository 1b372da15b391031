import type { BalancedTarget, PickOptions } from './balancer.ts'
import { WeightedBalancer } from './weighted-balancer.ts'

/**
 * Any target, each as probable as its weight. Remembers nothing, so many proxies with the same targets do not fall into
 * step as they can with round robin. With few requests the shares are less even: after k picks a target with the share p
 * is about √(k p) picks off. O(log n) per pick.
 */
export class RandomBalancer extends WeightedBalancer {
  readonly name = 'random'

  pick(options: PickOptions): BalancedTarget | undefined {
    return this.targets.draw(options)
  }
}
