import { BALANCER_NAMES, createBalancer } from '../../../src/algorithms/balancers/create-balancer.ts'
import { describeMachine } from '../machine/describe-machine.ts'
import { describeTree } from '../machine/describe-tree.ts'
import type { BenchOptions } from '../options.ts'
import { writeGoals } from '../report/write-goals.ts'
import { formatBalancers } from './format-balancers.ts'
import { type BalancerWork, measureBalancer } from './measure-balancer.ts'

const PAGE = new URL('../../../src/algorithms/balancers/README.md', import.meta.url)
const TARGET_COUNTS = [10, 100, 1_000]
const WORK = { targetCounts: TARGET_COUNTS, requests: 1_000_000, keys: 100_000, millisecondsPerRound: 200 }
const SMOKE: BalancerWork = {
  targetCounts: TARGET_COUNTS,
  requests: 1_000,
  keys: 500,
  rounds: 1,
  millisecondsPerRound: 1,
}

/** Measures all balancers by themselves, prints their table, and puts it into their page when that is asked for. */
export function runBalancers({ isSmoke, rounds, writesGoals }: BenchOptions): void {
  const origin = `${describeMachine()}; ${describeTree()}, ${new Date().toISOString().slice(0, 10)}; Node ${process.versions.node}`
  const work = isSmoke ? SMOKE : { ...WORK, rounds }
  const figures = BALANCER_NAMES.map((name) => measureBalancer(() => createBalancer(name), work))
  const text = `${formatBalancers(figures, TARGET_COUNTS)}\n\n${origin}.`
  process.stdout.write(`${text}\n`)
  if (writesGoals) writeGoals(PAGE, 'balancers', text)
}
