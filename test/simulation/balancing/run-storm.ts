import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import { brownOut } from './scenarios.ts'
import type { Second } from './ledger.ts'
import { World } from './world.ts'

/** The brown-out, in shares of the time. */
export const STORM = { from: 0.2, to: 0.35 }
/** A second in which fewer are answered well is one of the outage. */
const GOOD_SHARE = 0.99

/** How a service deals with a storm. */
export interface StormDefence {
  readonly name: string
  readonly text: string
  readonly service: (targets: number) => Pick<ServiceOptions, 'retry' | 'limits'>
}

const ATTEMPTS = 3
/** Requests under way, in targets' numbers: four times what they work on at once. */
const LIMIT_PER_TARGET = 8

/** What is tried, from no retries to as many as there can be. */
export const DEFENCES: readonly StormDefence[] = [
  { name: 'none', text: 'no retries', service: () => ({ retry: { attempts: 0 } }) },
  {
    name: 'budget-10',
    text: 'budget of 10 %',
    service: () => ({ retry: { attempts: ATTEMPTS, budget: { share: 0.1 } } }),
  },
  { name: 'budget-20', text: 'budget of 20 %, the default', service: () => ({ retry: { attempts: ATTEMPTS } }) },
  {
    name: 'unlimited',
    text: 'no budget',
    service: () => ({ retry: { attempts: ATTEMPTS, budget: { share: 1, minPerSecond: 1e9 } } }),
  },
  {
    name: 'limited',
    text: 'budget of 20 %, and a limit of requests under way',
    service: (targets) => ({
      retry: { attempts: ATTEMPTS },
      limits: { maxConcurrentRequests: LIMIT_PER_TARGET * targets },
    }),
  },
]

export interface StormRun {
  readonly defence: StormDefence
  readonly load: number
  readonly targets: number
  readonly requests: number
  readonly seed: number
}

export interface StormResult {
  readonly seconds: readonly Second[]
  readonly durationMs: number
  readonly requests: number
  readonly errors: number
  /** Tries for each request, over the whole time. */
  readonly amplification: number
  /** In the worst ten seconds. */
  readonly worstAmplification: number
  /** Requests in a second. */
  readonly perSecond: number
  /** From the end of the brown-out until all is well again, in seconds; Infinity when it never is. */
  readonly recoverySeconds: number
}

/** Plays a brown-out of a third of the targets, with little room to spare, and retries by whatever is there against a storm. */
export async function runStorm({ defence, load, targets, requests, seed }: StormRun): Promise<StormResult> {
  const world = new World({
    seed,
    targets,
    requests,
    load,
    service: { balancer: 'power-of-two', ...defence.service(targets) },
  })
  brownOut(world, STORM.from, STORM.to)
  await world.run()
  const { ledger, durationMs } = world
  // The last second is not a whole one.
  const seconds = ledger.seconds.slice(0, Math.floor(durationMs / 1000))
  const end = Math.ceil((STORM.to * durationMs) / 1000)
  const lastBad = seconds.findLastIndex((second) => second.answered < GOOD_SHARE * second.requests)
  return {
    seconds,
    durationMs,
    requests,
    errors: ledger.errors,
    amplification: ledger.tries / ledger.requests,
    worstAmplification: worstWindow(seconds, 10),
    perSecond: (requests / durationMs) * 1000,
    recoverySeconds: lastBad === seconds.length - 1 ? Number.POSITIVE_INFINITY : Math.max(0, lastBad + 1 - end),
  }
}

function worstWindow(seconds: readonly Second[], length: number): number {
  let worst = 0
  for (let start = 0; start + length <= seconds.length; start++) {
    const window = seconds.slice(start, start + length)
    const requests = window.reduce((sum, second) => sum + second.requests, 0)
    worst = Math.max(worst, window.reduce((sum, second) => sum + second.tries, 0) / requests)
  }
  return worst
}
