import { Worker } from 'node:worker_threads'
import { type FuzzResult, noResult, replayText } from './fuzz-inputs.ts'
import type { FuzzOrder } from './fuzz-worker.ts'

/** Far more than any input takes, on the busiest of machines. */
const HANG_MS = 20_000
const CHECK_MS = 1_000

export interface FuzzRun {
  readonly seed: number
  readonly inputs: number
  readonly workers: number
  /** Called now and then with how many inputs have been begun. */
  readonly onProgress: (count: number) => void
}

/**
 * Checks inputs in threads of their own, so that one that hangs can be told by its number.
 * @throws Error with the first failure, or the input that hangs
 */
export async function runFuzz({ seed, inputs, workers: count, onProgress }: FuzzRun): Promise<FuzzResult> {
  const places = Array.from({ length: count }, () => new Int32Array(new SharedArrayBuffer(8)))
  const workers: Worker[] = []
  const moved = places.map(() => ({ count: -1, at: Date.now() }))
  let fail: (error: Error) => void = () => undefined
  const failed = new Promise<never>((_, reject) => (fail = reject))
  const watch = setInterval(() => {
    for (const [i, place] of places.entries()) {
      const begun = Atomics.load(place, 1)
      const last = moved[i] as { count: number; at: number }
      if (begun !== last.count) moved[i] = { count: begun, at: Date.now() }
      else if (Date.now() - last.at > HANG_MS && !finished.has(i)) {
        const number = Atomics.load(place, 0)
        fail(new Error(`Input ${number} of seed ${seed} hangs.\n${replayText(seed, number)}`))
      }
    }
    onProgress(places.reduce((sum, place) => sum + Atomics.load(place, 1), 0))
  }, CHECK_MS)
  const finished = new Set<number>()
  try {
    const results = places.map(async (place, i) => {
      const order: FuzzOrder = { seed, first: i, step: count, end: inputs, place }
      const result = await startWorker(order, workers)
      finished.add(i)
      return result
    })
    return sum(await Promise.race([Promise.all(results), failed]))
  } finally {
    clearInterval(watch)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function startWorker(order: FuzzOrder, workers: Worker[]): Promise<FuzzResult> {
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), { workerData: order })
  workers.push(worker)
  return new Promise((resolve, reject) => {
    worker.once('message', ({ result, failure }: { readonly result?: FuzzResult; readonly failure?: string }) => {
      if (result === undefined) reject(new Error(failure))
      else resolve(result)
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('Cannot go on: a worker has ended without a result')))
  })
}

function sum(results: readonly FuzzResult[]): FuzzResult {
  const total = noResult()
  for (const { inputs, refused, messages, differences } of results) {
    total.inputs += inputs
    total.refused += refused
    total.messages += messages
    for (const [what, count] of differences) total.differences.set(what, (total.differences.get(what) ?? 0) + count)
  }
  return total
}
