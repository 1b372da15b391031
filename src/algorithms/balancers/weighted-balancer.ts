import type { BalancedTarget, Balancer, PickOptions } from './balancer.ts'
import { WeightedTargets } from './weighted-targets.ts'

/** What balancers share that draw targets by weight. */
export abstract class WeightedBalancer implements Balancer {
  abstract readonly name: string
  readonly isKeyed = false
  protected readonly targets = new WeightedTargets()

  update(targets: readonly BalancedTarget[]): void {
    this.targets.update(targets)
  }

  changed(target: BalancedTarget): void {
    this.targets.changed(target)
  }

  abstract pick(options: PickOptions): BalancedTarget | undefined
}
