import type { Head, MessageStart } from '../events.ts'
import { MessageHead } from '../http/message-head.ts'
import { requestMethod } from './request-method.ts'

/** RFC 9110 9.3: a body of these has no meaning, and so they hardly have one. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])

/**
 * How long the body of a request will be, as far as its head tells (RFC 9112 6).
 * @returns -1 when the head does not tell: it comes in chunks, or a filter is still making it
 */
export function declaredBodyBytes(event: MessageStart): number {
  const source = event.source instanceof MessageHead ? event.source : undefined
  const isComplete = source !== undefined && !source.hasUnknownLength
  // Nothing comes, whatever a script makes the head say.
  if (isComplete && source.contentLength <= 0 && !source.isChunked) return 0
  if (source !== undefined && !event.isHeadRead) {
    if (source.isChunked) return -1
    if (source.contentLength >= 0) return source.contentLength
  } else {
    const headers = (event.head as Head | undefined)?.headers
    if (headers?.['transfer-encoding'] !== undefined) return -1
    const length = headers?.['content-length']
    if (length !== undefined) return Number(length)
  }
  return isComplete || WITHOUT_BODY.has(requestMethod(event)) ? 0 : -1
}
