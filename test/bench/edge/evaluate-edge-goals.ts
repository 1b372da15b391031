import type { GoalRow } from '../goals.ts'
import { costRatios } from './cost-ratios.ts'
import type { EdgeSeries } from './edge-series.ts'

const MAX_COST_RATIO = 1.25

/** The rows of the goals that were measured: what a small GET costs beside the bare fetch of the runtime. */
export function evaluateEdgeGoals(all: readonly EdgeSeries[]): GoalRow[] {
  return all.flatMap((series) => {
    const { goalTitle, runtime } = series.rival
    if (goalTitle === undefined || series.work.name !== 'small') return []
    return {
      name: 'edge',
      title: goalTitle,
      against: `bare fetch of ${runtime}`,
      goal: MAX_COST_RATIO,
      least: MAX_COST_RATIO,
      unit: 'times',
      better: 'lower',
      figures: costRatios(series, all),
    } as const
  })
}
