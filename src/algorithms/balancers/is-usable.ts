import type { BalancedTarget, PickOptions } from './balancer.ts'

/** So many targets that turn out to be excluded are passed over in a pick before all targets are looked at. */
export const MAX_FURTHER_TRIES = 8

/** Whether a pick may give this target. */
export function isUsable(target: BalancedTarget, options: PickOptions): boolean {
  return target.isAvailable && target.weight > 0 && !options.isExcluded?.(target)
}
