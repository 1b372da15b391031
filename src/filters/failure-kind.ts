import type { Outcome } from '../algorithms/service/outcome.ts'
import type { ErrorCode, ProxyError } from '../errors.ts'

/** Our own waits and limits: the target has done nothing wrong. */
const NOT_OF_TARGET: ReadonlySet<ErrorCode> = new Set(['QUEUE_FULL', 'QUEUE_TIMEOUT', 'SHUTTING_DOWN', 'CLOSED'])
const TIMEOUTS: ReadonlySet<ErrorCode> = new Set(['RESPONSE_TIMEOUT', 'BODY_TIMEOUT', 'IDLE_TIMEOUT'])

/**
 * What the failure of a try says of its target; `aborted` stands for nothing.
 * @param hasBegun whether that was inside its answer
 */
export function failureKind(error: ProxyError, hasBegun: boolean): Exclude<Outcome['kind'], 'answered'> {
  if (NOT_OF_TARGET.has(error.code)) return 'aborted'
  // Errors that may be tried again in any case are those of connections that never stood.
  if (error.code === 'INVALID_TARGET' || error.retry === 'yes') return 'connect-failed'
  if (TIMEOUTS.has(error.code)) return 'timeout'
  // Inside an answer it may be the client that takes its time.
  if (error.code === 'EXCHANGE_TIMEOUT') return hasBegun ? 'aborted' : 'timeout'
  return error.source === 'upstream' ? 'reset' : 'aborted'
}
