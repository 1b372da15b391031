import type { Balancer } from '../balancers/balancer.ts'
import type { Target } from './target.ts'

/** The targets of one priority, and the balancer that chooses among them. Only its service changes it. */
export class TargetLevel {
  readonly priority: number
  readonly balancer: Balancer
  /** Requests under way that a target takes. */
  readonly maxActive: number
  targets: readonly Target[] = []
  /** Whether so few are healthy, here and elsewhere, that all of these take part. */
  isPanicking = false
  /** How many are ejected. */
  ejected = 0
  /** Those whose weight is not 0. */
  weighted = 0
  /** Of these, those that are healthy. */
  healthy = 0
  /** Of these, those that are available: a balancer that is asked while there are none may look at all of its targets. */
  available = 0

  constructor(priority: number, balancer: Balancer, maxActive: number) {
    this.priority = priority
    this.balancer = balancer
    this.maxActive = maxActive
  }

  /** Counts anew, after the list or the state of a target is another one. */
  count(): void {
    this.weighted = 0
    this.healthy = 0
    this.available = 0
    for (const target of this.targets) {
      if (target.baseWeight === 0) continue
      this.weighted++
      if (target.state === 'healthy') this.healthy++
      if (target.isAvailable) this.available++
    }
  }

  /** A target has no room any more, or has some again. */
  countRoom(target: Target, change: 1 | -1): void {
    if (target.isServing && target.baseWeight > 0) this.available += change
  }
}
