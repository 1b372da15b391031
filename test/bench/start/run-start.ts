import { chooseNodes } from '../find-rivals.ts'
import type { GoalRow } from '../goals.ts'
import type { BenchOptions } from '../options.ts'
import { alignColumns } from '../report/format-table.ts'
import { median } from '../report/statistics.ts'
import { measureStart, type StartSeries } from './measure-start.ts'

const MIN_COUNT = 11
const SMOKE_COUNT = 1

/**
 * Times how long Sluice takes until it listens, beside what Node takes by itself, and prints a table.
 * @param folder where the files go that a start needs
 * @returns the goal, for each Node
 */
export async function runStart(options: BenchOptions, folder: string): Promise<GoalRow[]> {
  const { nodeMajors, rounds, isSmoke } = options
  const count = isSmoke ? SMOKE_COUNT : Math.max(MIN_COUNT, rounds)
  const series = await measureStart({ nodes: chooseNodes(nodeMajors), count, folder })
  process.stdout.write(`\n${formatStarts(series)}\n`)
  return series.filter(({ started }) => started === 'script').map(toGoalRow)
}

function toGoalRow({ node, milliseconds }: StartSeries): GoalRow {
  return {
    name: 'start',
    title: `start to listening, Node ${node.major}`,
    against: '',
    goal: 120,
    least: 200,
    unit: 'ms',
    better: 'lower',
    figures: milliseconds,
  }
}

function formatStarts(series: readonly StartSeries[]): string {
  const rows = series.map(({ node, started, milliseconds }) => [
    `${started === 'node -e 0' ? started : `sluice, example 03, ${started}`}, node ${node.major}`,
    median(milliseconds).toFixed(0),
    Math.min(...milliseconds).toFixed(0),
    Math.max(...milliseconds).toFixed(0),
  ])
  const title = `From the start of the process to listening, ${series[0]?.milliseconds.length ?? 0} starts of each`
  return `${title}\n${alignColumns([['', 'ms', 'best', 'worst'], ...rows])}`
}
