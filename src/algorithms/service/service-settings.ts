import { LIMITS } from '../../limits.ts'
import { createHealthCheck } from './create-health-check.ts'
import type { CheckSettings } from './health-checks.ts'
import type { OutlierSettings } from './outlier-detector.ts'
import type { PassiveSettings } from './passive-health.ts'
import type { ServiceOptions } from './service-options.ts'

/** What a service goes by, with everything that its options leave out filled in. */
export interface ServiceSettings {
  readonly name: string
  readonly check: CheckSettings | undefined
  readonly passive: PassiveSettings | undefined
  readonly outlier: OutlierSettings | undefined
  readonly budget: { readonly share: number; readonly minPerSecond: number; readonly windowMs: number }
  readonly panicThreshold: number
  readonly maxConcurrentRequests: number
  readonly maxPending: number
  readonly maxActive: number
  readonly maxConcurrentRetries: number
  readonly slowStartMs: number
  readonly drainTimeoutMs: number
}

/** The defaults stand here, and in the comments of the options. */
export function serviceSettings(options: ServiceOptions): ServiceSettings {
  const { health = {}, limits = {}, retry = {}, pool = {} } = options
  const { share = 0.2, minPerSecond = 10, windowMs = LIMITS.retryWindowMs } = retry.budget ?? {}
  return {
    name: options.name ?? 'service',
    check: checkSettings(health),
    passive: passiveSettings(health),
    outlier: outlierSettings(options),
    budget: { share, minPerSecond, windowMs },
    panicThreshold: health.panicThreshold ?? 0.25,
    maxConcurrentRequests: limits.maxConcurrentRequests ?? Number.POSITIVE_INFINITY,
    maxPending: limits.maxPending ?? Number.POSITIVE_INFINITY,
    maxActive: limits.maxConnectionsPerTarget ?? pool.maxConnections ?? LIMITS.maxConnectionsPerTarget,
    maxConcurrentRetries: limits.maxConcurrentRetries ?? Number.POSITIVE_INFINITY,
    slowStartMs: options.slowStartMs ?? 0,
    drainTimeoutMs: options.drainTimeoutMs ?? LIMITS.targetDrainTimeoutMs,
  }
}

function checkSettings(health: NonNullable<ServiceOptions['health']>): CheckSettings | undefined {
  const { check, maxConcurrentChecks = LIMITS.maxConcurrentChecks } = health
  if (check === undefined) return undefined
  const {
    intervalMs = LIMITS.healthIntervalMs,
    jitter = 0.1,
    timeoutMs = LIMITS.healthTimeoutMs,
    healthyThreshold = 2,
    unhealthyThreshold = 3,
  } = check
  const probe = createHealthCheck(check)
  return { check: probe, intervalMs, jitter, timeoutMs, healthyThreshold, unhealthyThreshold, maxConcurrentChecks }
}

function passiveSettings({ passive }: NonNullable<ServiceOptions['health']>): PassiveSettings | undefined {
  if (passive === undefined) return undefined
  const { maxFails = 5, failWindowMs = LIMITS.failWindowMs, statuses = [] } = passive
  return { maxFails, failWindowMs, statuses: new Set(statuses) }
}

function outlierSettings({ outlier }: ServiceOptions): OutlierSettings | undefined {
  if (outlier === undefined) return undefined
  const { successRate } = outlier
  return {
    consecutiveFailures: outlier.consecutiveFailures ?? 5,
    intervalMs: outlier.intervalMs ?? LIMITS.outlierIntervalMs,
    baseEjectionMs: outlier.baseEjectionMs ?? LIMITS.baseEjectionMs,
    maxEjectionMs: outlier.maxEjectionMs ?? LIMITS.maxEjectionMs,
    maxEjectedShare: outlier.maxEjectedShare ?? 0.5,
    successRate: successRate && {
      minRequests: successRate.minRequests ?? 100,
      minTargets: successRate.minTargets ?? 5,
      deviations: successRate.deviations ?? 1.9,
    },
  }
}
