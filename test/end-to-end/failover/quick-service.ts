import type { algo } from 'sluice'

/** What a service is told beside its targets; everything that can be written as JSON. */
export type WorldService = Omit<algo.ServiceOptions, 'targets' | 'onTargetState'>

/**
 * A service whose times are short, so that an act takes seconds.
 * @param patienceMs how long an answer and a health check may take; where no upstream stands still, let it be long, since a
 * machine that is busy is slow
 */
export function quickService(patienceMs = 750): WorldService {
  return {
    name: 'failover',
    balancer: 'round-robin',
    health: {
      check: {
        type: 'http',
        path: '/health',
        intervalMs: 200,
        timeoutMs: patienceMs,
        healthyThreshold: 1,
        unhealthyThreshold: 2,
      },
      passive: { maxFails: 3, failWindowMs: 1000 },
    },
    outlier: { consecutiveFailures: 3, intervalMs: 1000, baseEjectionMs: 1000, maxEjectionMs: 4000 },
    retry: { attempts: 4, on: ['connect-failure', 'reset', 'timeout', 500], perTryTimeoutMs: patienceMs },
  }
}
