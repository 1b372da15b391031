import { compareReadings, type DifferenceKind } from './compare-readings.ts'
import type { SluiceReading } from './readers/sluice-reader.ts'
import type { Reading } from './reading.ts'
import { OTHER_RULES } from './rules/other-rules.ts'
import { STRICTER_RULES } from './rules/stricter-rules.ts'

/** What two parsers disagree about, and by which rule Sluice is right. */
export interface ExplainedDifference {
  readonly kind: DifferenceKind
  /** What the rule is about; undefined when there is none, which is a bug of somebody's. */
  readonly what: string | undefined
  /** Both sides, for whoever has to find out. */
  readonly shown: string
}

interface Compared {
  readonly reader: string
  readonly isRequest: boolean
  /** All bytes, as ISO 8859-1. */
  readonly text: string
  readonly ours: SluiceReading
  readonly theirs: Reading
}

/** @returns undefined when they agree */
export function explainDifference(compared: Compared): ExplainedDifference | undefined {
  const { ours, theirs, text, reader } = compared
  const difference = compareReadings(ours, theirs)
  if (difference === undefined) return undefined
  const { kind, at } = difference
  const shown = `${reader}, ${kind} at message ${at}: ${describe(ours, at)} against ${describe(theirs, at)} of ${JSON.stringify(text)}`
  if (kind === 'stricter') {
    return { kind, shown, what: STRICTER_RULES.find(({ refusal }) => refusal.test(ours.refusal ?? ''))?.what }
  }
  const disputed = { ...compared, at, head: ours.heads[at]?.text ?? text }
  const rule = OTHER_RULES.find(
    (other) => other.kind === kind && other.readers.includes(reader) && other.fits(disputed),
  )
  return { kind, shown, what: rule?.what }
}

function describe({ messages, refusal }: Reading, at: number): string {
  return `${JSON.stringify(messages[at])} (${messages.length} messages, ${refusal ?? 'no refusal'})`
}
