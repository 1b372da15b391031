import { MessageStart } from '../events.ts'
import { headWithoutLength } from './head-without-length.ts'

/**
 * The same start for a body that is being changed on its way. A head that nobody has read stays unread. One that was
 * read is what scripts have made of it, and stays the same object unless it tells the length.
 */
export function startWithUnknownLength(start: MessageStart): MessageStart {
  const source = start.source?.withUnknownLength()
  return new MessageStart(start.isHeadRead ? headWithoutLength(start.head) : undefined, source)
}
