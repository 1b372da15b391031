import type { Goal, GoalRow } from './goals.ts'
import type { Measurement } from './measure.ts'
import type { Rival } from './rivals/rival.ts'
import type { Series } from './run-rounds.ts'
import type { Work, WorkName } from './works.ts'

/** A goal that the measurements of one work decide. */
interface WorkGoal extends Goal {
  readonly name: WorkName
  /** The rivals whose measurements it takes, Sluice first. */
  readonly rivals: readonly string[]
  /** The figure of one round, from a measurement of each of the rivals; NaN when one of them lacks what it needs. */
  readonly figure: (own: Measurement, other: Measurement, third: Measurement) => number
}

/** Sluice's requests per CPU-second as a multiple of a rival's. */
function efficiency(name: WorkName, title: string, rival: string, goal: number, least: number): WorkGoal {
  const rivals = ['sluice', rival]
  return { name, title, against: rival, goal, least, unit: 'times', better: 'higher', rivals, figure: efficiencyRatio }
}

const SMALL = 'small GET'
const MEDIUM = '16 KiB body'
const DOWN = '1 MiB body, down'
const UP = '1 MiB body, up'
const ARRIVAL = '1,000 connections at once'
const LOWER = { better: 'lower' } as const

/** The goals that the works decide, in the order of the table. */
const WORK_GOALS: readonly WorkGoal[] = [
  efficiency('small', SMALL, 'nginx', 1, 0.85),
  efficiency('small', SMALL, 'haproxy', 0.95, 0.8),
  efficiency('small', SMALL, 'undici', 4, 3),
  efficiency('small', SMALL, 'http-proxy', 6, 5),
  efficiency('small', SMALL, 'hono', 30, 20),
  efficiency('16k', MEDIUM, 'nginx', 1.2, 1),
  efficiency('16k', MEDIUM, 'haproxy', 1.2, 1),
  efficiency('1m', DOWN, 'nginx-tuned', 1.3, 1),
  efficiency('1m', DOWN, 'haproxy-tuned', 1.3, 1),
  efficiency('1m-up', UP, 'nginx-tuned', 1.3, 1),
  efficiency('1m-up', UP, 'haproxy-tuned', 1.3, 1),
  efficiency('headers', 'a script reads three headers and sets one', 'nginx', 0.8, 0.65),
  {
    name: 'typed',
    title: 'typed API: difference from the Pipy script',
    against: 'script',
    goal: 3,
    least: 8,
    unit: '%',
    better: 'near zero',
    rivals: ['sluice', 'script'],
    figure: (typed, script) => (efficiencyRatio(typed, script) - 1) * 100,
  },
  {
    ...LOWER,
    name: 'latency',
    title: '1 connection: p50 added to direct',
    against: 'nginx',
    goal: 1.3,
    least: 1.6,
    unit: 'times',
    rivals: ['sluice', 'nginx', 'direct'],
    figure: (own, nginx, direct) => (p50Of(own) - p50Of(direct)) / (p50Of(nginx) - p50Of(direct)),
  },
  {
    ...LOWER,
    name: 'arrival',
    title: `${ARRIVAL}: slowest request`,
    against: 'nginx',
    goal: 2,
    least: 4,
    unit: 'times',
    rivals: ['sluice', 'nginx'],
    figure: (own, nginx) => (own.slowestMs ?? Number.NaN) / (nginx.slowestMs ?? Number.NaN),
  },
  {
    ...LOWER,
    name: 'arrival',
    title: `${ARRIVAL}: spread of requests per client`,
    against: '',
    goal: 5,
    least: 20,
    unit: '%',
    rivals: ['sluice'],
    figure: (own) => (own.clientSpread ?? Number.NaN) * 100,
  },
  {
    ...LOWER,
    name: 'routes',
    title: '1,000 routes in URLRouter: requests lost',
    against: '2 routes',
    goal: 5,
    least: 15,
    unit: '%',
    rivals: ['sluice', 'two-routes'],
    figure: (thousand, two) => (1 - efficiencyRatio(thousand, two)) * 100,
  },
]

/** Whether a goal needs this rival's measurements of this work. */
export function isNeededForGoals(rival: Rival, work: Work): boolean {
  return WORK_GOALS.some((goal) => goal.name === work.name && goal.rivals.includes(rival.name))
}

/** The goals of some works, each with its figures of every round. */
export function evaluateWorkGoals(works: readonly Work[], all: readonly Series[]): GoalRow[] {
  const ofWorks = WORK_GOALS.filter(({ name }) => works.some((work) => work.name === name))
  return ofWorks.map(({ rivals, figure, ...goal }) => {
    const ofRivals = rivals.map((rival) => measurementsOf(all, goal.name, rival))
    const [own = [], other = own, third = own] = ofRivals
    const rounds = Math.min(...ofRivals.map((measurements) => measurements.length))
    const figures: number[] = []
    for (const [i, measurement] of own.slice(0, rounds).entries()) {
      const value = figure(measurement, other[i] ?? measurement, third[i] ?? measurement)
      if (Number.isFinite(value)) figures.push(value)
    }
    return { ...goal, figures }
  })
}

function measurementsOf(all: readonly Series[], work: WorkName, rival: string): readonly Measurement[] {
  return all.find((series) => series.work.name === work && series.rival.name === rival)?.measurements ?? []
}

function efficiencyRatio(own: Measurement, other: Measurement): number {
  return (own.requestsPerCpuSecond ?? Number.NaN) / (other.requestsPerCpuSecond ?? Number.NaN)
}

function p50Of({ p50Ms }: Measurement): number {
  return p50Ms ?? Number.NaN
}
