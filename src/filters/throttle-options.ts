import type { Quota } from '../algorithms/quota/quota.ts'
import type { Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import { LIMITS } from '../limits.ts'
import { invalidArgument } from './invalid-argument.ts'
import { requireNumber } from './require-number.ts'

/** A quota, or a function of the session's variables that gives it; nothing is no limit. */
export type QuotaProvider<V = Variables> = Provider<Quota | null | undefined, V>

/** Who shares a quota. */
export interface ThrottleKeyOptions<V = Variables> {
  /** The client's, or of whatever is limited by itself, as the address. @default one quota for all */
  readonly key?: Provider<string | undefined, V>
  /** Of those that wait, the higher number goes first: health probes, say. @default 0 */
  readonly priority?: Provider<number | undefined, V>
}

/** What throttleConcurrency and throttleMessageRate do beyond their quota. */
export interface ThrottleOptions<V = Variables> extends ThrottleKeyOptions<V> {
  /**
   * `queue`: what is too much waits, and goes on in order; `reject`: it is refused at once.
   * @default 'queue'
   */
  readonly excess?: 'queue' | 'reject'
  /** How many may wait for one key; beyond, the last of the lowest priority is refused. @default LIMITS.maxQueue */
  readonly maxQueue?: number
  /** How long they wait before they are refused; 0 is no limit. @default LIMITS.queueTimeoutMs */
  readonly timeoutMs?: number
  /** Of refusals: QUOTA_EXCEEDED is 429, QUEUE_FULL and QUEUE_TIMEOUT are 503. @default 429 of throttleMessageRate, 503 of throttleConcurrency */
  readonly status?: 429 | 503
}

/** Options with their defaults. */
export interface ThrottleSettings<V> {
  /** The filter's name, for messages. */
  readonly filter: string
  /** The quota, before it is asked for. */
  readonly quota: QuotaProvider<V>
  readonly key: Provider<string | undefined, V>
  readonly priority: Provider<number | undefined, V>
  readonly maxQueue: number
  readonly timeoutMs: number
  readonly status: 429 | 503
}

/** Checks what a throttling filter is given. @throws INVALID_ARGUMENT naming what cannot be used */
export function readThrottleOptions<V>(
  filter: string,
  quota: QuotaProvider<V>,
  options: ThrottleOptions<V>,
  defaultStatus: 429 | 503,
): ThrottleSettings<V> {
  const { key, priority = 0, excess = 'queue', maxQueue = LIMITS.maxQueue, status = defaultStatus } = options
  const { timeoutMs = LIMITS.queueTimeoutMs } = options
  const isQuota = typeof quota === 'function' || (typeof quota === 'object' && quota !== null && 'take' in quota)
  if (!isQuota) throw invalidArgument(filter, 'the quota must be an algo.Quota or a function that gives one', quota)
  if (excess !== 'queue' && excess !== 'reject') {
    throw invalidArgument(filter, 'excess must be "queue" or "reject"', excess)
  }
  if (status !== 429 && status !== 503) throw invalidArgument(filter, 'status must be 429 or 503', status)
  if (typeof priority !== 'function') requireNumber(filter, 'priority', priority, Number.NEGATIVE_INFINITY)
  requireNumber(filter, 'maxQueue', maxQueue, 0)
  requireNumber(filter, 'timeoutMs', timeoutMs, 0)
  return { filter, quota, key, priority, maxQueue: excess === 'reject' ? 0 : maxQueue, timeoutMs, status }
}
