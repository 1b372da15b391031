import { median } from './report/statistics.ts'

/** `times` is a ratio of two figures of the same kind. */
export type GoalUnit = 'times' | '%' | 'KB' | 'ms'

/** What Sluice is to reach. */
export interface Goal {
  /** The word that chooses it: `npm run bench -- goals small`. Several goals may share one. */
  readonly name: string
  /** What is done, for the table. */
  readonly title: string
  /** Whom it is compared with; empty for a figure that stands by itself. */
  readonly against: string
  readonly goal: number
  /** What has to be reached in any case. */
  readonly least: number
  readonly unit: GoalUnit
  /** `near zero` is for a difference that is to be small, whichever side it falls on. */
  readonly better: 'higher' | 'lower' | 'near zero'
}

/** A goal and what was measured. */
export interface GoalRow extends Goal {
  /** One figure for each round, in the goal's unit; their median is what counts. Empty when nothing was measured. */
  readonly figures: readonly number[]
}

/** What was reached: the goal, at least the least, or neither; undefined when nothing was measured. */
export type Reached = 'goal' | 'least' | 'neither' | undefined

/** Compares the median of the figures with the goal. */
export function judge({ figures, goal, least, better }: GoalRow): Reached {
  const measured = median(figures)
  if (Number.isNaN(measured)) return undefined
  const compared = better === 'near zero' ? Math.abs(measured) : measured
  const reaches = (bound: number): boolean => (better === 'higher' ? compared >= bound : compared <= bound)
  return reaches(goal) ? 'goal' : reaches(least) ? 'least' : 'neither'
}
