import type { MessageStart } from '../events.ts'
import type { MessageHead } from '../http/message-head.ts'

/** The method of a request: a script's, or the one it came with. */
export function requestMethod(event: MessageStart): string {
  if (event.isHeadRead) return event.head.method ?? 'GET'
  return (event.source as MessageHead | undefined)?.method ?? 'GET'
}
