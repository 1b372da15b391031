import type { ProxyError } from '../errors.ts'
import { Message } from '../events.ts'

/** The answer that tells an HTTP client of an error: its status, and a few words as plain text. */
export function createErrorMessage(error: ProxyError): Message {
  const { status, reason, retryAfterMs } = error
  // RFC 9110 10.2.3: in whole seconds.
  const retryAfter =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }
  const headers = { 'content-type': 'text/plain', ...retryAfter }
  return new Message({ status, statusText: reason, headers }, `${reason}\n`)
}
