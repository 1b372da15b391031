import type { ConnectFilterOptions } from '../../src/filters/connect.ts'
import type { MuxHttpOptions } from '../../src/filters/mux-http.ts'

/**
 * How a {@link SluicePool} keeps its connections: the options of `muxHTTP` and `connect` that say so, with their defaults.
 * Only `maxConnections` has another one.
 */
export interface PoolOptions
  extends Pick<
      MuxHttpOptions,
      | 'maxIdleMs'
      | 'maxQueue'
      | 'queueTimeoutMs'
      | 'responseTimeoutMs'
      | 'bodyTimeoutMs'
      | 'exchangeTimeoutMs'
      | 'resend'
      | 'maxReplayBytes'
    >,
    Pick<ConnectFilterOptions, 'connectTimeoutMs' | 'idleTimeoutMs'> {
  /**
   * Connections to the target that an object opens; further requests wait in order, up to `maxQueue`.
   * @default 6
   */
  readonly maxConnections?: number
}
