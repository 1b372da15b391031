import type { MessageStart } from '../events.ts'
import { ParsedHead } from '../http/parsed-head.ts'

/** The method of a request: a script's, or the one it came with. */
export function requestMethod(event: MessageStart): string {
  if (event.isHeadRead) return event.head.method ?? 'GET'
  return (event.source as ParsedHead | undefined)?.method ?? 'GET'
}

/** The protocols that a request asks to switch to, unless a script took that off its head; empty for none. */
export function requestUpgrade(event: MessageStart): string {
  if (!(event.source instanceof ParsedHead)) return ''
  return event.isHeadRead && event.head.headers?.['upgrade'] === undefined ? '' : event.source.upgrade
}
