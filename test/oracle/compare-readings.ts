import type { SluiceReading } from './readers/sluice-reader.ts'
import type { ReadMessage, Reading } from './reading.ts'

/**
 * How a reading differs from Sluice's. `stricter`: Sluice refuses what the other reads. `looser`: Sluice reads what the
 * other refuses. `different`: both read a message, and not the same one; that is what smuggling is made of.
 */
export type DifferenceKind = 'stricter' | 'looser' | 'different'

export interface Difference {
  readonly kind: DifferenceKind
  /** Which message it is about, from 0. */
  readonly at: number
}

/** @returns undefined when both read the same messages, and both or neither would read on */
export function compareReadings(ours: SluiceReading, theirs: Reading): Difference | undefined {
  const count = Math.min(ours.messages.length, theirs.messages.length)
  for (let at = 0; at < count; at++) {
    if (!isSame(ours.messages[at] as ReadMessage, theirs.messages[at] as ReadMessage)) return { kind: 'different', at }
  }
  const isRefused = ours.refusal !== undefined
  if (ours.messages.length < theirs.messages.length) return { kind: isRefused ? 'stricter' : 'different', at: count }
  const isRefusedByThem = theirs.refusal !== undefined
  if (ours.messages.length > theirs.messages.length)
    return { kind: isRefusedByThem ? 'looser' : 'different', at: count }
  if (isRefused === isRefusedByThem) return undefined
  return { kind: isRefused ? 'stricter' : 'looser', at: count }
}

function isSame(a: ReadMessage, b: ReadMessage): boolean {
  return a.start === b.start && a.body === b.body && isSameFields(a.fields, b.fields)
}

function isSameFields(a: ReadMessage['fields'], b: ReadMessage['fields']): boolean {
  return a.length === b.length && a.every(([name, value], i) => name === b[i]?.[0] && value === b[i]?.[1])
}
