import { BALANCER_NAMES } from '../../../src/algorithms/balancers/create-balancer.ts'
import { runScenario, type ScenarioResult, type ScenarioRun } from './run-scenario.ts'
import { DEFENCES, runStorm, type StormResult, type StormRun } from './run-storm.ts'
import type { Scenario } from './scenario.ts'
import { SCENARIOS } from './scenarios.ts'
import { MEAN_MS, WORKERS } from './simulated-target.ts'

/** What `allRuns` plays. */
export interface RunPlan {
  readonly seed: number
  /** Requests of each run with 1,000 targets; one with fewer has as many fewer. */
  readonly requests: number
  /** Whether there are runs with 1,000 targets. */
  readonly isLarge: boolean
}

/** A run and what came of it. */
export type Played = ScenarioRun & ScenarioResult

/** The same for a storm. */
export type PlayedStorm = StormRun & StormResult

/** Everything that the page shows. */
export interface AllResults {
  readonly plan: RunPlan
  readonly scenarios: readonly Played[]
  readonly storms: readonly PlayedStorm[]
  /** Requests in all runs together. */
  readonly requests: number
}

const LARGE = 1_000
const MIDDLE = 100
/** So few that a slow one gets a tenth of everything. */
const SMALL = 10
const STORM_LOADS = [0.8, 0.9]
const STORM_SECONDS = 60

/**
 * Plays all scenarios with all balancers, with and without health checks and ejection, and the storms.
 * @param onRun told of each run when it is over
 */
export async function allRuns(plan: RunPlan, onRun: (name: string) => void = () => undefined): Promise<AllResults> {
  const { seed } = plan
  const scenarios: Played[] = []
  for (const run of SCENARIOS.flatMap((scenario) => runsOf(scenario, plan))) {
    scenarios.push({ ...run, ...(await runScenario(run)) })
    onRun(`${run.scenario.name}, ${run.targets} targets, ${run.balancer}${run.isGuarded ? ', guarded' : ''}`)
  }
  const storms: PlayedStorm[] = []
  for (const load of STORM_LOADS) {
    for (const defence of DEFENCES) {
      const requests = Math.round((STORM_SECONDS * 1000 * load * MIDDLE * WORKERS) / MEAN_MS)
      const run = { defence, load, targets: MIDDLE, requests, seed }
      storms.push({ ...run, ...(await runStorm(run)) })
      onRun(`storm at ${load}, ${defence.name}`)
    }
  }
  const requests = [...scenarios, ...storms].reduce((sum, run) => sum + run.requests, 0)
  return { plan, scenarios, storms, requests }
}

function runsOf(scenario: Scenario, { seed, requests, isLarge }: RunPlan): ScenarioRun[] {
  const isGuardable = scenario.isGuardable !== false
  const sizes = [...(scenario.name === 'one-slow' ? [SMALL] : []), MIDDLE, ...(isLarge ? [LARGE] : [])]
  return sizes.flatMap((targets) =>
    (scenario.balancers ?? BALANCER_NAMES).flatMap((balancer) => {
      // With all the checks there is less to see; of the large ones that is enough.
      const guards = !isGuardable ? [false] : targets === LARGE ? [true] : [false, true]
      const count = Math.round((requests * targets) / LARGE)
      return guards.map((isGuarded) => ({ scenario, balancer, isGuarded, targets, requests: count, seed }))
    }),
  )
}
