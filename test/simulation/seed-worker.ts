import { parentPort, workerData } from 'node:worker_threads'
import type { FaultKind } from './fault-kinds.ts'
import { loadSources } from './load-sources.ts'
import type { PlantedBug } from './planted-bugs.ts'

/** Lines of a trace that are shown of a seed that failed. */
const TAIL_LINES = 30

/** What a worker is told. */
export interface SeedOrder {
  /** Every `step`th seed from `first`, less than `end`. */
  readonly first: number
  readonly step: number
  readonly end: number
  readonly bug?: PlantedBug | undefined
  /** Failures after which it stops. */
  readonly maxFailures: number
  /** Two places in which the worker writes the seed that it is at, and how many it has begun. */
  readonly place: Int32Array
}

/** A seed of which a promise was not kept. */
export interface SeedFailure {
  readonly seed: number
  readonly violations: readonly string[]
  /** The end of what happened. */
  readonly tail: readonly string[]
}

/** What a worker found. */
export interface SeedReport {
  readonly seeds: number
  readonly requests: number
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly failures: readonly SeedFailure[]
}

/** Runs its share of the seeds, and tells what came of them at the end. */
async function run({ first, step, end, bug, maxFailures, place }: SeedOrder): Promise<SeedReport> {
  // Nobody reads the stacks of all the errors that are made on purpose.
  Error.stackTraceLimit = 0
  loadSources(bug)
  // Not before the sources are the ones that are meant.
  const { simulate } = await import('./simulate.ts')
  const unhandled: string[] = []
  process.on('unhandledRejection', (error) => unhandled.push(`nobody takes the rejection: ${String(error)}`))
  const faults = new Map<FaultKind, number>()
  const failures: SeedFailure[] = []
  let seeds = 0
  let requests = 0
  for (let seed = first; seed < end && failures.length < maxFailures; seed += step) {
    place[0] = seed
    Atomics.add(place, 1, 1)
    const result = await simulate(seed)
    // Rejections that nobody takes are told between two turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    seeds++
    requests += result.requests
    for (const [kind, count] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + count)
    const violations = [...result.violations, ...unhandled.splice(0)]
    if (violations.length > 0) failures.push({ seed, violations, tail: result.trace.slice(-TAIL_LINES) })
  }
  return { seeds, requests, faults, failures }
}

parentPort?.postMessage(await run(workerData as SeedOrder))
