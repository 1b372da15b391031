/** All cases of answers, by subject. */
import type { ResponseCase } from '../corpus-case.ts'
import { ANSWER_FRAMING_CASES } from './framing.ts'
import { ANSWER_HEAD_CASES } from './head.ts'
import { ANSWER_SEQUENCE_CASES } from './sequence.ts'

export const RESPONSE_CASES: Readonly<Record<string, readonly ResponseCase[]>> = {
  'heads of answers': ANSWER_HEAD_CASES,
  'framing of answers': ANSWER_FRAMING_CASES,
  'sequence of answers': ANSWER_SEQUENCE_CASES,
}
