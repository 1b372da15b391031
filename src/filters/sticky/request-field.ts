import type { MessageStart } from '../../events.ts'
import { MessageHead } from '../../http/message-head.ts'

/** The value of a request's field by its lower-case name; the head is not built for that if nobody has read it. */
export function requestField(start: MessageStart, name: string): string | undefined {
  if (!start.isHeadRead && start.source instanceof MessageHead) return start.source.field(name)
  const value = start.head?.headers?.[name]
  return value === undefined ? undefined : String(value)
}
