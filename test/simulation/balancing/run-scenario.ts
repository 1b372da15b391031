import type { BalancerName } from '../../../src/algorithms/balancers/create-balancer.ts'
import { GUARDS } from './guards.ts'
import type { Scenario } from './scenario.ts'
import { World } from './world.ts'

/** Of all that the targets can do. */
const LOAD = 0.6
/** A target that is back, or new, gets all of its share after this time. */
const SLOW_START_MS = 3_000

export interface ScenarioRun {
  readonly scenario: Scenario
  readonly balancer: BalancerName
  /** Whether there are health checks and outlier ejection. */
  readonly isGuarded: boolean
  readonly targets: number
  readonly requests: number
  readonly seed: number
}

/** What came of a run: figures only. */
export interface ScenarioResult {
  readonly requests: number
  /** Times of the requests that were answered well, all their tries together. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** Requests that were not answered well. */
  readonly errors: number
  readonly retries: number
  /** What came to the target to which most came, compared with the mean. */
  readonly largestShare: number
  /** What came to the target with the lowest number, compared with the mean: the slow or the flapping one. */
  readonly firstShare: number
  readonly ejections: number
  /** Of the targets, at the same time. */
  readonly largestEjectedShare: number
  readonly panics: number
}

/** Plays a scenario with one balancer. */
export async function runScenario(run: ScenarioRun): Promise<ScenarioResult> {
  const { scenario, balancer, isGuarded, targets, requests, seed } = run
  const { load = LOAD, hotTargets = 0 } = scenario
  const world = new World({
    seed,
    targets,
    requests,
    load,
    hotKeyShare: hotTargets / (load * targets),
    service: { balancer, slowStartMs: SLOW_START_MS, ...(isGuarded ? GUARDS : {}) },
  })
  scenario.prepare(world)
  await world.run()
  const { ledger, servers, service } = world
  const received = servers.map((server) => server.received)
  const mean = received.reduce((sum, count) => sum + count, 0) / targets
  return {
    requests,
    p50Ms: ledger.percentile(50),
    p99Ms: ledger.percentile(99),
    p999Ms: ledger.percentile(99.9),
    errors: ledger.errors,
    retries: ledger.tries - ledger.requests,
    largestShare: received.reduce((most, count) => Math.max(most, count), 0) / mean,
    firstShare: (received[0] ?? 0) / mean,
    ejections: service.statistics.ejections,
    largestEjectedShare: world.maxEjected / targets,
    panics: service.statistics.panics,
  }
}
