import { checkInput, showInput } from './check-input.ts'
import { generateInput } from './generate-input.ts'

/** What became of a run of inputs. */
export interface FuzzResult {
  inputs: number
  refused: number
  messages: number
  /** How often others disagreed, by the rule that explains it. */
  readonly differences: Map<string, number>
}

/** An input for which a promise does not hold. */
export class FuzzFailure extends Error {
  readonly number: number

  constructor(seed: number, number: number, error: unknown) {
    const input = generateInput(seed, number)
    const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
    super(`Input ${number} of seed ${seed} fails: ${told}\nThe input: ${showInput(input)}\n${replayText(seed, number)}`)
    this.number = number
  }
}

/** How an input is run once more. */
export function replayText(seed: number, number: number): string {
  return `Run it alone: FUZZ_SEED=${seed} FUZZ_INPUT=${number} npm run fuzz`
}

/** An empty result, to add to. */
export function noResult(): FuzzResult {
  return { inputs: 0, refused: 0, messages: 0, differences: new Map() }
}

/**
 * Checks one input and adds to the result.
 * @throws FuzzFailure
 */
export function fuzzInput(seed: number, number: number, result: FuzzResult): void {
  try {
    const { isRefused, messageCount, differences } = checkInput(generateInput(seed, number))
    result.inputs++
    result.messages += messageCount
    if (isRefused) result.refused++
    for (const what of differences) result.differences.set(what, (result.differences.get(what) ?? 0) + 1)
  } catch (error) {
    throw new FuzzFailure(seed, number, error)
  }
}
