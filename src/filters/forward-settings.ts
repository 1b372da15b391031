import type { HedgeOptions, RetryTrigger } from '../algorithms/service/retry-options.ts'
import type { ServiceOptions } from '../algorithms/service/service-options.ts'
import { IDEMPOTENT_METHODS } from '../http/idempotent-methods.ts'
import { LIMITS } from '../limits.ts'
import type { ConnectFilterOptions } from './connect.ts'
import type { MuxHttpOptions } from './mux-http.ts'

const RETRIED: readonly RetryTrigger[] = ['connect-failure', 'reset']

/** How a service wants its requests forwarded, with everything that it leaves out filled in. */
export interface ForwardSettings {
  readonly pool: MuxHttpOptions
  readonly connect: ConnectFilterOptions
  readonly retryCount: number
  readonly retryOn: ReadonlySet<RetryTrigger>
  /** Methods of requests that may be sent twice. */
  readonly methods: ReadonlySet<string>
  readonly maxReplayBytes: number
  /** 0 for no limit. */
  readonly perTryTimeoutMs: number
  readonly respectsRetryAfter: boolean
  /** The field that says how often a request was tried; undefined for none. */
  readonly attemptHeader: string | undefined
  /** When a second target is asked while the first has not answered; undefined for never. */
  readonly hedge: HedgeOptions | undefined
}

/** Reads the options of a service, which has checked them, and fills in the defaults. */
export function forwardSettings(options: ServiceOptions): ForwardSettings {
  const { retry = {}, timeouts = {}, pool = {} } = options
  const { responseMs = LIMITS.responseTimeoutMs, bodyMs = LIMITS.bodyTimeoutMs } = timeouts
  const maxReplayBytes = retry.maxReplayBytes ?? LIMITS.maxReplayBytes
  return {
    pool: {
      maxIdleMs: pool.maxIdleMs ?? LIMITS.maxIdleMs,
      maxQueue: pool.maxQueue ?? LIMITS.maxQueue,
      queueTimeoutMs: pool.queueTimeoutMs ?? LIMITS.queueTimeoutMs,
      maxConnections: pool.maxConnections ?? LIMITS.maxConnectionsPerTarget,
      maxReplayBytes,
      responseTimeoutMs: responseMs,
      bodyTimeoutMs: bodyMs,
      exchangeTimeoutMs: timeouts.exchangeMs ?? 0,
    },
    connect: {
      connectTimeoutMs: timeouts.connectMs ?? LIMITS.connectTimeoutMs,
      // What an answer may take is the other times' to say; this one is for tunnels, and must not be shorter.
      idleTimeoutMs: responseMs === 0 || bodyMs === 0 ? 0 : Math.max(LIMITS.idleTimeoutMs, responseMs, bodyMs),
    },
    retryCount: retry.attempts ?? 2,
    retryOn: new Set(retry.on ?? RETRIED),
    methods: new Set(retry.methods ?? IDEMPOTENT_METHODS),
    maxReplayBytes,
    perTryTimeoutMs: retry.perTryTimeoutMs ?? 0,
    respectsRetryAfter: retry.respectRetryAfter ?? true,
    attemptHeader: retry.attemptHeader?.toLowerCase(),
    hedge: retry.hedge,
  }
}
