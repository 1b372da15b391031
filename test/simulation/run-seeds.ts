import { Worker } from 'node:worker_threads'
import type { FaultKind } from './fault-kinds.ts'
import type { PlantedBug } from './planted-bugs.ts'
import type { SeedFailure, SeedOrder, SeedReport } from './seed-worker.ts'

/** Far more than any seed takes, on the busiest of machines. */
const HANG_MS = 60_000
const CHECK_MS = 500

export interface SeedRun {
  readonly first: number
  readonly seeds: number
  readonly workers: number
  readonly bug?: PlantedBug
  /** Failures after which a worker stops. */
  readonly maxFailures: number
  /** Called now and then with how many seeds have been begun. */
  readonly onProgress?: (count: number) => void
}

/**
 * Runs seeds in threads of their own, so that one that hangs can be told by its number.
 * @throws Error when a seed hangs or its world breaks down, or the bug cannot be planted
 */
export async function runSeeds({
  first,
  seeds,
  workers: count,
  bug,
  maxFailures,
  onProgress,
}: SeedRun): Promise<SeedReport> {
  const places = Array.from({ length: count }, () => new Int32Array(new SharedArrayBuffer(8)))
  const workers: Worker[] = []
  const reports = places.map((place, i) =>
    startWorker({ first: first + i, step: count, end: first + seeds, bug, maxFailures, place }, workers),
  )
  let fail: (error: Error) => void = () => undefined
  const hung = new Promise<never>((_, reject) => (fail = reject))
  const moved = places.map(() => ({ count: -1, at: Date.now() }))
  const finished = new Set<number>()
  for (const [i, report] of reports.entries())
    void report.then(
      () => finished.add(i),
      () => finished.add(i),
    )
  const watch = setInterval(() => {
    for (const [i, place] of places.entries()) {
      const begun = Atomics.load(place, 1)
      const last = moved[i]
      if (last === undefined || last.count !== begun) moved[i] = { count: begun, at: Date.now() }
      else if (!finished.has(i) && Date.now() - last.at > HANG_MS)
        fail(new Error(`Seed ${Atomics.load(place, 0)} hangs`))
    }
    onProgress?.(places.reduce((sum, place) => sum + Atomics.load(place, 1), 0))
  }, CHECK_MS)
  try {
    return sum(await Promise.race([Promise.all(reports), hung]))
  } finally {
    clearInterval(watch)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function startWorker(order: SeedOrder, workers: Worker[]): Promise<SeedReport> {
  const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: order })
  workers.push(worker)
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', (error) => {
      const seed = Atomics.load(order.place, 0)
      const where = Atomics.load(order.place, 1) === 0 ? 'Cannot begin' : `Seed ${seed} broke down`
      reject(new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }))
    })
    worker.once('exit', () => reject(new Error('Cannot go on: a worker has ended without a report')))
  })
}

function sum(reports: readonly SeedReport[]): SeedReport {
  const faults = new Map<FaultKind, number>()
  const failures: SeedFailure[] = []
  let seeds = 0
  let requests = 0
  for (const report of reports) {
    seeds += report.seeds
    requests += report.requests
    failures.push(...report.failures)
    for (const [kind, count] of report.faults) faults.set(kind, (faults.get(kind) ?? 0) + count)
  }
  failures.sort((a, b) => a.seed - b.seed)
  return { seeds, requests, faults, failures }
}
