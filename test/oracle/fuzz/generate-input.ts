import { REQUEST_CASES } from '../../http-corpus/requests/index.ts'
import { RESPONSE_CASES } from '../../http-corpus/responses/index.ts'
import type { ReadMessage, ReadOptions } from '../reading.ts'
import { generateAnswer, type GeneratedMessage, generateRequest } from './generate-message.ts'
import { mutateText } from './mutate-text.ts'
import { Random } from './random.ts'

/** What is fed to the parsers. */
export interface FuzzInput {
  /** As ISO 8859-1. */
  readonly text: string
  readonly options: ReadOptions
  /** What a valid input says; undefined when nobody knows. */
  readonly meaning: readonly ReadMessage[] | undefined
  /** Where it is cut into segments. */
  readonly cuts: readonly number[]
}

/** Longer cases of the corpus are about sizes: mutating those finds nothing that others would not. */
const MAX_CORPUS_BYTES = 400
const REQUESTS = Object.values(REQUEST_CASES)
  .flat()
  .map(({ bytes }) => bytes)
  .filter(isShort)
const ANSWERS = Object.values(RESPONSE_CASES)
  .flat()
  .map(({ bytes }) => bytes)
  .filter(isShort)

/**
 * Makes the input of a number. The same seed and number give the same input, whatever came before it.
 * Four of ten are valid messages, five are mutated ones of these or of the corpus, one is noise.
 */
export function generateInput(seed: number, number: number): FuzzInput {
  // The golden ratio spreads seeds that stand side by side.
  const random = new Random(Math.imul(seed, 0x9e3779b1) + number)
  const isRequest = random.chance(0.6)
  const requestMethod = isRequest || random.chance(0.9) ? 'GET' : 'HEAD'
  const kind = random.below(10)
  const isValid = kind < 4
  if (isValid || kind < 7) {
    const { text, meaning, ends } = generateMessages(random, isRequest, requestMethod)
    const options = { isRequest, requestMethod, ends: ends || random.chance(0.2) }
    if (isValid) return { text, options, meaning, cuts: generateCuts(random, text) }
    return mutated(random, text, options)
  }
  const options = { isRequest, requestMethod, ends: random.chance(0.2) }
  if (kind < 9) return mutated(random, random.pick(isRequest ? REQUESTS : ANSWERS), options)
  const text = Array.from({ length: random.between(1, 12) }, () => mutateText(random, '')).join('')
  return { text, options, meaning: undefined, cuts: generateCuts(random, text) }
}

function generateMessages(
  random: Random,
  isRequest: boolean,
  requestMethod: string,
): { readonly text: string; readonly meaning: readonly ReadMessage[]; readonly ends: boolean } {
  const count = random.between(1, 3)
  const messages: GeneratedMessage[] = []
  for (let left = count; left > 0; left--) {
    const isLast = left === 1
    messages.push(isRequest ? generateRequest(random) : generateAnswer(random, requestMethod, isLast))
  }
  return {
    text: messages.map(({ text }) => text).join(''),
    meaning: messages.map(({ meaning }) => meaning),
    // The last answer may be one that the end of the connection ends.
    ends: !isRequest,
  }
}

function mutated(random: Random, base: string, options: ReadOptions): FuzzInput {
  let text = base
  for (let left = random.between(1, 4); left > 0; left--) text = mutateText(random, text)
  return { text, options, meaning: undefined, cuts: generateCuts(random, text) }
}

function generateCuts(random: Random, text: string): readonly number[] {
  if (random.chance(0.1)) return Array.from({ length: text.length }, (_, i) => i)
  return Array.from({ length: random.between(1, 6) }, () => random.below(text.length + 1))
}

function isShort(text: string): boolean {
  return text.length <= MAX_CORPUS_BYTES
}
