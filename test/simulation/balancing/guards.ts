import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'

/** Targets that are ejected at most, as a share of all. */
export const MAX_EJECTED_SHARE = 0.3

/**
 * How a service finds out which targets are not well. The times are shorter than the defaults, as befits a world in which
 * everything happens within a minute.
 */
export const GUARDS: Pick<ServiceOptions, 'health' | 'outlier'> = {
  health: {
    check: { type: 'http', intervalMs: 1_000, timeoutMs: 500, unhealthyThreshold: 2, healthyThreshold: 2 },
  },
  outlier: {
    consecutiveFailures: 5,
    intervalMs: 2_000,
    baseEjectionMs: 3_000,
    maxEjectionMs: 30_000,
    maxEjectedShare: MAX_EJECTED_SHARE,
    successRate: { minRequests: 15, minTargets: 5, deviations: 1.9 },
  },
}
