import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { WeightedTargets } from './weighted-targets.ts'

/**
 * Any target, each as probable as its weight. Remembers nothing, so many proxies with the same targets do not fall into
 * step as they can with round robin. With few requests the shares are less even: after k picks a target with the share p
 * is about √(k p) picks off. O(log n) per pick.
 */
export class RandomBalancer implements Balancer {
  readonly name = 'random'
  readonly isKeyed = false
  readonly #targets = new WeightedTargets()

  update(targets: readonly BalancedTarget[]): void {
    this.#targets.update(targets)
  }

  changed(target: BalancedTarget): void {
    this.#targets.changed(target)
  }

  pick(options: PickOptions): BalancedTarget | undefined {
    return this.#targets.draw(options)
  }
}
