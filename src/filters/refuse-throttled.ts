import { ProxyError } from '../errors.ts'

/** Why something is not let through. */
export type ThrottleCause = 'used-up' | 'full' | 'late' | 'stopping'

/** What is told of it. */
interface ThrottleBounds {
  /** The filter's name. */
  readonly filter: string
  readonly maxQueue: number
  readonly timeoutMs: number
  readonly status: 429 | 503
}

/** Where nobody knows when there will be room. */
const UNKNOWN_RETRY_MS = 1000

const STATES: Readonly<Record<ThrottleCause, (bounds: ThrottleBounds) => string>> = {
  'used-up': () => 'the quota is used up',
  full: ({ maxQueue }) => `the quota is used up, and ${maxQueue} wait already`,
  late: ({ timeoutMs }) => `no turn came within ${timeoutMs} ms`,
  stopping: () => 'the proxy is shutting down',
}

/**
 * What a throttling filter ends with: QUOTA_EXCEEDED where the status is 429, QUEUE_FULL or QUEUE_TIMEOUT where it is 503,
 * or SHUTTING_DOWN.
 * @param retryAfterMs Infinity where nobody knows
 */
export function refuseThrottled(bounds: ThrottleBounds, cause: ThrottleCause, retryAfterMs: number): ProxyError {
  const known = Number.isFinite(retryAfterMs) ? retryAfterMs : UNKNOWN_RETRY_MS
  const text = `Cannot pass ${bounds.filter}: ${STATES[cause](bounds)}`
  return new ProxyError(codeOf(cause, bounds.status), text, { retryAfterMs: known })
}

function codeOf(cause: ThrottleCause, status: 429 | 503) {
  if (cause === 'stopping') return 'SHUTTING_DOWN'
  if (status === 429) return 'QUOTA_EXCEEDED'
  return cause === 'late' ? 'QUEUE_TIMEOUT' : 'QUEUE_FULL'
}
