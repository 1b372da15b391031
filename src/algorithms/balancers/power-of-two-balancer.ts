import type { BalancedTarget, PickOptions } from './balancer.ts'
import { WeightedBalancer } from './weighted-balancer.ts'

/**
 * Draws two different targets by weight and takes the one with fewer requests under way for its weight, the first drawn
 * when it is the same. The longest queue of n targets grows with log log n, where one random choice gives log n / log log
 * n (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). Unlike with least connections, many
 * proxies that each see only their own requests do not all run to the same idle target. O(log n) per pick.
 */
export class PowerOfTwoBalancer extends WeightedBalancer {
  readonly name = 'power-of-two'

  pick(options: PickOptions): BalancedTarget | undefined {
    const first = this.targets.draw(options)
    const second = first && this.targets.draw(options, first)
    if (first === undefined || second === undefined) return first
    return second.active / second.weight < first.active / first.weight ? second : first
  }
}
