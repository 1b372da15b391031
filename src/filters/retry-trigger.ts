import type { RetryTrigger } from '../algorithms/service/retry-options.ts'
import type { ProxyError } from '../errors.ts'
import { failureKind } from './failure-kind.ts'

const TRIGGERS = { 'connect-failed': 'connect-failure', reset: 'reset', timeout: 'timeout' } as const

/** What a failure before the answer is called among the reasons to try again; undefined when it is none. */
export function retryTrigger(error: ProxyError): RetryTrigger | undefined {
  if (error.code === 'EXCHANGE_TIMEOUT') return undefined
  // The target has too much to do, and another one may not.
  if (error.code === 'QUEUE_FULL' || error.code === 'QUEUE_TIMEOUT') return 'connect-failure'
  const kind = failureKind(error, false)
  return kind === 'aborted' ? undefined : TRIGGERS[kind]
}
