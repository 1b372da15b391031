import type { ServiceRuntime } from '../../algorithms/service/service-runtime.ts'
import type { BuildScope } from '../../engine/filter-recipe.ts'
import { probeTarget } from './probe-target.ts'

/** What a service is attached to in a proxy: the transport's time and chance, and probes over its connections. */
export function createServiceRuntime(scope: Pick<BuildScope, 'transport' | 'log' | 'http1'>): ServiceRuntime {
  const { transport, log } = scope
  return {
    isOfRequest: !transport.capabilities.background,
    now: () => transport.now(),
    setTimer: (callback, delayMs) => transport.setTimer(callback, delayMs),
    random: () => transport.random(),
    probe: (target, check, signal) => probeTarget(scope, target.address, check, signal),
    warn: (message, error) => log.warn(message, error),
  }
}
