import type { UnhealthyTargets } from './is-healthy.ts'

/**
 * Chooses among targets: the one decision in which balancers differ. LoadBalancer does the rest (tags, borrowers, the
 * list of targets).
 *
 * An implementer promises: `pick` gives only targets of the last `update` whose weight is above 0 and that are healthy,
 * and gives one whenever there is one, unless it is keyed; it takes time that grows no faster than the logarithm of the
 * number of targets, but for those that turn out unhealthy; the same calls give the same picks.
 */
export interface Selection {
  /** Whether the key alone decides: then nothing is remembered for it. */
  readonly isKeyed: boolean
  /**
   * Sets the targets, in their order, with weights from 0 up. What is counted for a target that was there before stays.
   * A newcomer does not have to catch up on the past of the others.
   */
  update(weights: ReadonlyMap<string, number>): void
  /** Chooses a target, and counts it. @returns undefined when none may be chosen */
  pick(key: unknown, unhealthy: UnhealthyTargets | undefined): string | undefined
  /** Counts a target that was chosen without `pick`, because somebody keeps to it. */
  hold(target: string): void
  /** Work that `pick` or `hold` counted is done. Targets that are not known are ignored. */
  release(target: string): void
}
