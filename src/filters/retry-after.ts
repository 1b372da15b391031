import type { MessageHead } from '../http/message-head.ts'
import { readDate } from '../http/read-date.ts'

/**
 * How long the sender of an answer wants to be left alone (RFC 9110 10.2.3), in milliseconds; 0 when it does not say. A
 * date counts from the answer's own Date, so that nobody's clock has to be right.
 */
export function retryAfterMs(head: MessageHead): number {
  const value = head.field('retry-after')?.trim()
  if (value === undefined || value === '') return 0
  if (/^\d{1,9}$/.test(value)) return 1000 * Number(value)
  const untilMs = readDate(value)
  const sinceMs = readDate(head.field('date') ?? '')
  return untilMs === undefined || sinceMs === undefined ? 0 : Math.max(0, untilMs - sinceMs)
}
