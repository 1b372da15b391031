import { REQUEST_CASES } from '../http-corpus/requests/index.ts'
import { RESPONSE_CASES } from '../http-corpus/responses/index.ts'

/** The cases of one subject, by what must become of them. */
export interface CorpusCount {
  readonly subject: string
  readonly cases: number
  /** Nothing of it may reach the other side. */
  readonly refused: number
  /** Something of it goes on, framed once, and the rest is refused. */
  readonly refusedInPart: number
  readonly forwarded: number
}

/** How many cases the corpus has, by subject. */
export function countCorpus(): readonly CorpusCount[] {
  const counts: CorpusCount[] = []
  for (const [subject, cases] of Object.entries(REQUEST_CASES)) {
    const refusing = cases.filter(({ expect }) => expect.refuse !== undefined)
    const refused = refusing.filter(({ expect }) => expect.forward.length === 0).length
    const refusedInPart = refusing.length - refused
    counts.push({ subject, cases: cases.length, refused, refusedInPart, forwarded: cases.length - refusing.length })
  }
  for (const [subject, cases] of Object.entries(RESPONSE_CASES)) {
    const refused = cases.filter(({ expect }) => expect.answer === undefined).length
    counts.push({ subject, cases: cases.length, refused, refusedInPart: 0, forwarded: cases.length - refused })
  }
  return counts
}
