import { chooseNodes } from '../find-rivals.ts'
import type { GoalRow } from '../goals.ts'
import type { BenchOptions } from '../options.ts'
import { alignColumns } from '../report/format-table.ts'
import { median } from '../report/statistics.ts'
import { type IdleSeries, measureIdle } from './measure-idle.ts'

/** Memory does not drift as time does, and each measurement takes seconds. */
const MAX_COUNT = 3

/** Measures what a client costs that is connected and silent, and prints a table. @returns the goal, for each Node */
export async function runIdle({ nodeMajors, rounds, isSmoke }: BenchOptions): Promise<GoalRow[]> {
  const count = Math.min(rounds, MAX_COUNT)
  const series = await measureIdle({ nodes: chooseNodes(nodeMajors), count, isSmoke })
  process.stdout.write(`\n${formatIdle(series)}\n`)
  return series.map(toGoalRow)
}

function toGoalRow({ node, clientBytes }: IdleSeries): GoalRow {
  return {
    name: 'idle',
    title: `memory per idle client connection beyond the first 1,000, Node ${node.major}`,
    against: '',
    goal: 12,
    least: 20,
    unit: 'KB',
    better: 'lower',
    figures: clientBytes.map((bytes) => bytes / 1000),
  }
}

function formatIdle(series: readonly IdleSeries[]): string {
  const rows = series.flatMap(({ node, clientBytes, pooledClientBytes }) => [
    [`a client, node ${node.major}`, toText(clientBytes)],
    [`a client with an upstream connection of its own, node ${node.major}`, toText(pooledClientBytes)],
  ])
  return `Resident memory of an idle client\n${alignColumns([['', 'KB'], ...rows])}`
}

function toText(bytes: readonly number[]): string {
  return (median(bytes) / 1000).toFixed(1)
}
