import type { BalancerName } from '../../../src/algorithms/balancers/create-balancer.ts'
import type { AllResults, Played, PlayedStorm } from './all-runs.ts'
import { MAX_EJECTED_SHARE } from './guards.ts'

/** Something that the runs show, with the figures that show it. */
export interface Finding {
  readonly text: string
  /** Whether the figures are so that the text is true. */
  readonly holds: boolean
}

const DEFAULT_SHARE = 0.2
/** Retries that a budget allows in each second even when its share would be less. */
const MIN_PER_SECOND = 10

/** What the page says in words; a run whose figures say otherwise has failed. */
export function findings({ scenarios, storms }: AllResults): Finding[] {
  return [
    ...slowTarget(scenarios),
    ...crashes(scenarios),
    ...restarts(scenarios),
    ejections(scenarios),
    ...budgets(storms),
  ]
}

function slowTarget(runs: readonly Played[]): Finding[] {
  const of = (balancer: BalancerName, targets: number): Played => find(runs, 'one-slow', balancer, targets, false)
  const beats = (targets: number): boolean => {
    const turns = of('round-robin', targets)
    return of('power-of-two', targets).p99Ms < turns.p99Ms && of('least-time', targets).p99Ms < turns.p99Ms
  }
  const [turns, two, time] = [of('round-robin', 10), of('power-of-two', 10), of('least-time', 10)]
  const [turns100, two100, time100] = [of('round-robin', 100), of('power-of-two', 100), of('least-time', 100)]
  return [
    {
      text: `One slow target of ten, without any checks: p99 is ${ms(turns.p99Ms)} with round robin, ${ms(two.p99Ms)} with power of two, ${ms(time.p99Ms)} with least time.`,
      holds: beats(10),
    },
    {
      text: `Of a mean share the slow one gets ${times(turns.firstShare)} with round robin, ${times(two.firstShare)} with power of two and ${times(time.firstShare)} with least time; of ${count(turns.requests)} requests ${count(turns.retries)}, ${count(two.retries)} and ${count(time.retries)} are tried again, since a try ends after a second.`,
      holds: two.firstShare < 0.5 * turns.firstShare && time.firstShare < two.firstShare,
    },
    {
      text: `One of a hundred is just the last percent: p99 is ${ms(turns100.p99Ms)}, ${ms(two100.p99Ms)} and ${ms(time100.p99Ms)}, p99.9 ${ms(turns100.p999Ms)}, ${ms(two100.p999Ms)} and ${ms(time100.p999Ms)}.`,
      holds: beats(100) && time100.p999Ms < turns100.p999Ms,
    },
  ]
}

function crashes(runs: readonly Played[]): Finding[] {
  const least = find(runs, 'crashed', 'least-connections', 100, false)
  const turns = find(runs, 'crashed', 'round-robin', 100, false)
  const guarded = runs.filter(({ scenario, isGuarded }) => scenario.name === 'crashed' && isGuarded)
  const worst = guarded.reduce((most, run) => Math.max(most, run.errors / run.requests), 0)
  return [
    {
      text: `A tenth crashes, without any checks: least connections sends to what refuses at once, as if it were idle, and loses ${percent(least.errors / least.requests)} of all requests; round robin and retries lose ${percent(turns.errors / turns.requests)}.`,
      holds: least.errors > 10 * turns.errors,
    },
    {
      text: `With health checks and ejection no balancer loses more than ${percent(worst)} of them.`,
      holds: worst < 0.001,
    },
  ]
}

function restarts(runs: readonly Played[]): Finding[] {
  const orderly = runs.filter(({ scenario }) => scenario.name === 'rolling-restart')
  const lost = orderly.reduce((sum, { errors }) => sum + errors, 0)
  const requests = orderly.reduce((sum, run) => sum + run.requests, 0)
  const killed = runs.filter(({ scenario, isGuarded }) => scenario.name === 'killed-in-turn' && isGuarded)
  const worst = killed.reduce((most, run) => Math.max(most, run.errors / run.requests), 0)
  return [
    {
      text: `A rolling restart that drains first loses ${lost} of ${count(requests)} requests.`,
      holds: lost === 0 && orderly.length > 0,
    },
    {
      text: `Killed without notice, a twentieth of the targets at a time, with health checks and ejection: at most ${percent(worst)} of the requests fail, those whose three tries all met one that had just gone.`,
      holds: worst < 0.005 && killed.length > 0,
    },
  ]
}

function ejections(runs: readonly Played[]): Finding {
  const largest = runs.reduce((most, run) => Math.max(most, run.largestEjectedShare), 0)
  return {
    text: `Never more than ${percent(largest)} of the targets were ejected at the same time; ${percent(MAX_EJECTED_SHARE)} was allowed.`,
    holds: largest > 0 && largest <= MAX_EJECTED_SHARE,
  }
}

function budgets(storms: readonly PlayedStorm[]): Finding[] {
  const of = (name: string, load: number): PlayedStorm => {
    const storm = storms.find((run) => run.defence.name === name && run.load === load)
    if (storm === undefined) throw new Error(`Cannot find storm "${name}" at load ${load}: it was not run`)
    return storm
  }
  const loads = [...new Set(storms.map(({ load }) => load))]
  const held = storms.filter(({ defence }) => defence.name.startsWith('budget'))
  const shareOf = ({ defence, targets }: PlayedStorm): number => {
    return defence.service(targets).retry?.budget?.share ?? DEFAULT_SHARE
  }
  const isHeld = (storm: PlayedStorm): boolean =>
    storm.amplification > 1 && storm.worstAmplification <= 1 + shareOf(storm) + MIN_PER_SECOND / storm.perSecond
  const unlimited = loads.map((load) => of('unlimited', load))
  const worst = held.reduce((most, storm) => Math.max(most, storm.worstAmplification), 0)
  const least = unlimited.reduce((low, storm) => Math.min(low, storm.worstAmplification), Number.POSITIVE_INFINITY)
  const [ten, twenty, limited, none] = (['budget-10', 'budget-20', 'limited', 'unlimited'] as const).map((name) =>
    of(name, 0.8),
  )
  if (ten === undefined || twenty === undefined || limited === undefined || none === undefined)
    throw new Error('No storm')
  return [
    {
      text: `In a storm a budget keeps what it promises: at most ${worst.toFixed(2)} tries for each request in the worst ten seconds, with a budget of 20 %. Without one there are ${least.toFixed(1)} and more.`,
      holds: held.length > 0 && held.every(isHeld) && least > 1 + DEFAULT_SHARE + 1,
    },
    {
      text: `At 80 % load all is well again ${seconds(ten.recoverySeconds)} after the brown-out with a budget of 10 %, ${seconds(twenty.recoverySeconds)} with one of 20 %, and without one it stays down: retries alone are more than the targets can do.`,
      holds:
        ten.recoverySeconds < twenty.recoverySeconds &&
        Number.isFinite(twenty.recoverySeconds) &&
        none.recoverySeconds === Number.POSITIVE_INFINITY,
    },
    {
      text: `At 90 % load a budget of 20 % is more than there is room for (0.9 × 1.2 > 1), and does not recover either. What saves the service is \`limits.maxConcurrentRequests\`: ${percent(of('limited', 0.9).errors / of('limited', 0.9).requests)} of the requests are lost instead of ${percent(of('budget-20', 0.9).errors / of('budget-20', 0.9).requests)}, and all is well again after ${seconds(of('limited', 0.9).recoverySeconds)}.`,
      holds:
        of('limited', 0.9).errors * 4 < of('budget-20', 0.9).errors &&
        Number.isFinite(of('limited', 0.9).recoverySeconds) &&
        of('budget-20', 0.9).recoverySeconds === Number.POSITIVE_INFINITY,
    },
  ]
}

function find(
  runs: readonly Played[],
  name: string,
  balancer: BalancerName,
  targets: number,
  isGuarded: boolean,
): Played {
  const found = runs.find(
    (run) =>
      run.scenario.name === name && run.balancer === balancer && run.targets === targets && run.isGuarded === isGuarded,
  )
  if (found === undefined)
    throw new Error(`Cannot find "${name}" with ${balancer} and ${targets} targets: it was not run`)
  return found
}

function ms(value: number): string {
  return `${count(Math.round(value))} ms`
}

function seconds(value: number): string {
  return Number.isFinite(value) ? `${value} s` : 'never'
}

function times(value: number): string {
  return value.toFixed(2)
}

function percent(share: number): string {
  const value = share * 100
  return `${value === 0 ? '0' : value.toFixed(value < 1 ? 3 : 1)} %`
}

function count(value: number): string {
  return value.toLocaleString('en')
}
