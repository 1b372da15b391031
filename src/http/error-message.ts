import type { ProxyError } from '../errors.ts'
import { Message } from '../events.ts'

/** The answer that tells an HTTP client of an error: its status, and a few words as plain text. */
export function createErrorMessage(error: ProxyError): Message {
  const { status, reason } = error
  return new Message({ status, statusText: reason, headers: { 'content-type': 'text/plain' } }, `${reason}\n`)
}
