import type { MessageStart } from '../events.ts'
import { MessageHead } from '../http/message-head.ts'

/**
 * Leaves it to the upstream to let a client send its body (RFC 9110 10.1.1), unless a script took `Expect` off the head:
 * then the upstream knows of no client that waits for leave. Nor does it when a filter makes the body out of what the
 * client sends: nothing goes out before there is some of it.
 */
export function takeExpectation(event: MessageStart): void {
  const { source } = event
  if (!(source instanceof MessageHead) || source.hasUnknownLength || !source.expectsContinue) return
  if (!event.isHeadRead || event.head.headers?.['expect'] !== undefined) source.origin?.takeExpectation()
}
