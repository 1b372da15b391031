import type { BalancerName } from '../../../src/algorithms/balancers/create-balancer.ts'
import type { World } from './world.ts'

/** What a scenario may touch. */
export type Stage = Pick<World, 'events' | 'servers' | 'service' | 'at'>

/** What happens to the targets of a service. */
export interface Scenario {
  /** Part of file names. */
  readonly name: string
  readonly title: string
  /** For those who read the tables: what happens, and when. */
  readonly text: string
  /** @default 0.6 */
  readonly load?: number
  /** Requests that have one and the same key, in what so many targets can do. @default 0 */
  readonly hotTargets?: number
  /** Whether health checks and ejection have anything to do here. @default true */
  readonly isGuardable?: boolean
  /** @default all */
  readonly balancers?: readonly BalancerName[]
  /** Sets what will happen. */
  prepare(world: Stage): void
}
