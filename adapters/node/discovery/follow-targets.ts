import {
  type FollowingService,
  type FollowTargetsOptions as CoreOptions,
  followTargets as followTargetsOf,
  type StopFollowing,
} from '../../../src/algorithms/service/follow-targets.ts'
import type { TargetSource } from '../../../src/algorithms/service/target-source.ts'
import { NodeLog } from '../node-log.ts'
import { nodeClock } from '../node-clock.ts'

/** As of `algo.followTargets`, where `clock` is the process's own by default, and `log` a NodeLog. */
export type FollowTargetsOptions = Partial<CoreOptions>

/**
 * `algo.followTargets` with Node's clock and log: keeps a service's targets as a source says. It keeps no process alive,
 * but for one that asks for `first`, until that settles.
 * @throws INVALID_ARGUMENT for a source that is none, or a time that is none
 */
export function followTargets(
  service: FollowingService,
  source: TargetSource,
  options: FollowTargetsOptions = {},
): StopFollowing {
  const stop = followTargetsOf(service, source, { clock: nodeClock, log: new NodeLog(), ...options })
  const stopHere = (): void => stop()
  return Object.defineProperty(stopHere, 'first', { get: () => keepAliveUntil(stop.first) }) as StopFollowing
}

/** Node ends, without a word, a process in which only timers that do not count could settle what it waits for. */
function keepAliveUntil(first: Promise<void>): Promise<void> {
  const timer = setInterval(() => {}, 2_147_483_647)
  return first.finally(() => clearInterval(timer))
}
