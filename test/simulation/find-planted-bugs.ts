import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts'
import { runSeeds } from './run-seeds.ts'

/** Within so many seeds every bug has to be found. */
const MAX_SEEDS = 4_000

/** What became of one planted bug. */
export interface PlantedBugResult {
  readonly bug: PlantedBug
  /** The seed that found it; undefined when none did. */
  readonly seed: number | undefined
  readonly seeds: number
  /** What the simulation says, or why the bug could not be looked for. */
  readonly text: string
}

/** Plants one bug after the other and looks for each, several at a time. @param onResult told of each as it is done */
export async function findPlantedBugs(
  first: number,
  workers: number,
  onResult: (result: PlantedBugResult) => void,
): Promise<readonly PlantedBugResult[]> {
  const waiting = [...PLANTED_BUGS]
  const results: PlantedBugResult[] = []
  const work = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const result = await find(bug, first)
      results.push(result)
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return results
}

async function find(bug: PlantedBug, first: number): Promise<PlantedBugResult> {
  try {
    const { seeds, failures } = await runSeeds({ first, seeds: MAX_SEEDS, workers: 1, bug, maxFailures: 1 })
    const [failure] = failures
    return { bug, seed: failure?.seed, seeds, text: failure?.violations[0] ?? `not found within ${MAX_SEEDS} seeds` }
  } catch (error) {
    return { bug, seed: undefined, seeds: 0, text: (error as Error).message }
  }
}
