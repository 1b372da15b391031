/** Tells which targets are down: an `algo.Cache` of truthy values by target. A time to live lets them recover. */
export interface UnhealthyTargets {
  /** Truthy for a target that must not be used now. */
  find(target: string): unknown
}

/** Whether a target may be used. Without an opinion it may. */
export function isHealthy(target: string, unhealthy: UnhealthyTargets | undefined): boolean {
  return unhealthy === undefined || !unhealthy.find(target)
}
