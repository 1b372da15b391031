import { ProxyError } from '../errors.ts'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../events.ts'

/**
 * What callbacks may output: nothing, an event, a Message, or an array of these.
 * @param origin who gave it, for the message
 * @returns INVALID_OUTPUT when a callback gave anything else
 */
export function invalidOutput(output: unknown, origin: string): ProxyError | undefined {
  const items: readonly unknown[] = Array.isArray(output) ? output : [output]
  for (const item of items) {
    if (item === null || item === undefined || isEventOrMessage(item)) continue
    const expected = 'expected an event, a Message, an array of them or nothing'
    return new ProxyError('INVALID_OUTPUT', `Cannot output ${describe(item)} from ${origin}: ${expected}`)
  }
  return undefined
}

function isEventOrMessage(value: unknown): boolean {
  if (value instanceof Message || value instanceof Data || value instanceof StreamEnd) return true
  return value instanceof MessageStart || value instanceof MessageEnd
}

function describe(item: unknown): string {
  if (typeof item === 'string') return `the string ${JSON.stringify(item.length > 40 ? `${item.slice(0, 40)}…` : item)}`
  if (typeof item === 'function') return 'a function'
  if (Array.isArray(item)) return 'an array inside an array'
  return typeof item === 'object' ? 'an object' : `${typeof item} ${String(item)}`
}
