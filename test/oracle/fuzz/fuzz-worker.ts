import { parentPort, workerData } from 'node:worker_threads'
import { FuzzFailure, fuzzInput, noResult } from './fuzz-inputs.ts'

/** What a worker is told. */
export interface FuzzOrder {
  readonly seed: number
  /** Inputs of these numbers: every `step`th from `first`, less than `end`. */
  readonly first: number
  readonly step: number
  readonly end: number
  /** Two places in which the worker writes the input that it is at, and how many it has begun. */
  readonly place: Int32Array
}

/** Checks its share of the inputs. It tells its result at the end, or the first failure. */
function run({ seed, first, step, end, place }: FuzzOrder): void {
  const result = noResult()
  try {
    for (let number = first; number < end; number += step) {
      place[0] = number
      Atomics.add(place, 1, 1)
      fuzzInput(seed, number, result)
    }
    parentPort?.postMessage({ result })
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error
    parentPort?.postMessage({ failure: error.message })
  }
}

run(workerData as FuzzOrder)
