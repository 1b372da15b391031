import { compareReadings, type DifferenceKind } from './compare-readings.ts'
import { toBytes } from '../http/bytes.ts'
import { type SluiceReading, sluiceReader } from './readers/sluice-reader.ts'
import type { Reading, ReadOptions } from './reading.ts'
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
  readonly options: ReadOptions
  /** All bytes, as ISO 8859-1. */
  readonly text: string
  readonly ours: SluiceReading
  readonly theirs: Reading
}

/** Ways in which a line may end. */
const LINE_ENDS = ['\r\n\r\n', 'a\r\n\r\n', '0\r\n\r\n', '"\r\n\r\n', '\n\r\n\r\n']

/** @returns undefined when they agree */
export function explainDifference({ reader, options, text, ours, theirs }: Compared): ExplainedDifference | undefined {
  const difference = compareReadings(ours, theirs)
  if (difference === undefined) return undefined
  if (difference.kind === 'looser' && isLaterRefusal(ours, theirs, text, options)) return undefined
  const { kind, at } = difference
  const shown = `${reader}, ${kind} at message ${at}: ${describe(ours, at)} against ${describe(theirs, at)} of ${JSON.stringify(text)}`
  if (kind === 'stricter') {
    return { kind, shown, what: STRICTER_RULES.find(({ refusal }) => refusal.test(ours.refusal ?? ''))?.what }
  }
  const disputed = {
    reader,
    isRequest: options.isRequest,
    ours,
    theirs,
    text,
    at,
    head: ours.heads[at]?.text ?? text.slice(ours.end),
  }
  const rule = OTHER_RULES.find(
    ({ kinds, readers, fits }) => kinds.includes(kind) && readers.includes(reader) && fits(disputed),
  )
  return { kind, shown, what: rule?.what }
}

function describe({ messages, refusal }: Reading, at: number): string {
  return `${JSON.stringify(messages[at])} (${messages.length} messages, ${refusal ?? 'no refusal'})`
}

/** Both refuse a line that has not come to its end: the other one at once, Sluice when it ends, however it ends. */
function isLaterRefusal(ours: SluiceReading, theirs: Reading, text: string, options: ReadOptions): boolean {
  if (ours.messages.length !== theirs.messages.length || ours.end === text.length) return false
  return LINE_ENDS.every((end) => sluiceReader.read(toBytes(text + end), options).refusal !== undefined)
}
