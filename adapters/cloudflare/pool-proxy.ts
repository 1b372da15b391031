import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { LIMITS } from '../../src/limits.ts'
import { pipy } from '../../src/pipy.ts'
import type { PoolOptions } from './pool-options.ts'
import type { PoolCounters } from './pool-counters.ts'

/** Of one connection that a Worker has to a pool. */
export interface PoolVariables {
  /** Where its requests go. */
  target: string
}

/**
 * The proxy inside a pool. Its clients are Workers, each connection for one target; the connections to the target are
 * everybody's. It adds nothing to a request or an answer: to the Worker's proxy it is a piece of the way.
 */
export function poolProxy(options: PoolOptions, counters: PoolCounters): ProxyDefinition<PoolVariables> {
  const { connectTimeoutMs, idleTimeoutMs, maxConnections = LIMITS.maxPooledConnections, ...rest } = options
  return pipy<PoolVariables>({ target: '' })
    .listen(0)
    .demuxHTTP('request', { allowTrace: true })
    .pipeline('request')
    .handleSessionStart(() => counters.begin())
    .handleSessionEnd(() => counters.end())
    .muxHTTP('connection', ($) => $.target, { ...rest, maxConnections, via: false })
    .pipeline('connection')
    .connect(($) => $.target, {
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    })
}
