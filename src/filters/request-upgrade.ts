import type { MessageStart } from '../events.ts'
import { MessageHead } from '../http/message-head.ts'

/** The protocols that a request asks to switch to, unless a script took that off its head; empty for none. */
export function requestUpgrade(event: MessageStart): string {
  if (!(event.source instanceof MessageHead)) return ''
  if (event.source.upgrade === '') return ''
  return event.isHeadRead && event.head.headers?.['upgrade'] === undefined ? '' : event.source.upgrade
}
