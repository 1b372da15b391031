import { HashingLoadBalancer } from '../algorithms/hashing-load-balancer.ts'
import { hash } from '../algorithms/hash.ts'
import { LeastWorkLoadBalancer } from '../algorithms/least-work-load-balancer.ts'
import { Percentile } from '../algorithms/percentile.ts'
import { ResourcePool } from '../algorithms/resource-pool.ts'
import { RoundRobinLoadBalancer } from '../algorithms/round-robin-load-balancer.ts'
import { URLRouter } from '../algorithms/url-router.ts'
import { uuid } from '../algorithms/uuid.ts'
import { ProxyError } from '../errors.ts'
import { createScriptBalancer } from './script-balancer.ts'
import { ScriptCache } from './script-cache.ts'
import { ScriptQuota } from './script-quota.ts'
import type { ScriptScope } from './script-scope.ts'
import { createScriptService } from './script-service.ts'

/** What Pipy has under `algo` and Sluice has not. */
const MISSING_NAMES = ['LoadBalancer', 'SharedMap']

/** `algo` as scripts see it. What only Pipy has throws UNSUPPORTED where it is used. */
export function createScriptAlgo(scope: ScriptScope): object {
  const algo = {
    Cache: ScriptCache,
    ResourcePool,
    URLRouter,
    HashingLoadBalancer: createScriptBalancer(HashingLoadBalancer, scope),
    LeastWorkLoadBalancer: createScriptBalancer(LeastWorkLoadBalancer, scope),
    RoundRobinLoadBalancer: createScriptBalancer(RoundRobinLoadBalancer, scope),
    Percentile: ScriptPercentile,
    Quota: ScriptQuota,
    Service: createScriptService(scope),
    hash,
    uuid,
  }
  for (const name of MISSING_NAMES) Object.defineProperty(algo, name, { get: () => refuse(name) })
  return Object.freeze(algo)
}

/** Pipy's first name for `observe` is still there. */
class ScriptPercentile extends Percentile {
  score(sample: number): void {
    this.observe(sample)
  }
}

function refuse(name: string): never {
  throw new ProxyError('UNSUPPORTED', `Cannot use algo.${name}: Sluice does not have this class of Pipy`)
}
