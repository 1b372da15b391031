import type { MessageStart } from '../events.ts'
import { MessageHead } from './message-head.ts'

const NAME = 'max-forwards'

/**
 * Counts a TRACE or OPTIONS request one step down (RFC 9110 7.6.2); for other methods, and where the field is no
 * number, it means nothing.
 * @returns whether the request may go further; otherwise it is answered here
 */
export function countForward(event: MessageStart): boolean {
  if (!(event.source instanceof MessageHead)) return true
  const method = event.isHeadRead ? event.head.method : event.source.method
  if (method !== 'OPTIONS' && method !== 'TRACE') return true
  const headers = event.head.headers ?? {}
  const value = headers[NAME]
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return true
  const left = BigInt(value)
  if (left === 0n) return false
  headers[NAME] = String(left - 1n)
  return true
}
