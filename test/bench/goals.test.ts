import { expect, test } from 'vitest'
import { type GoalRow, judge } from './goals.ts'

const HIGHER: GoalRow = {
  name: 'small',
  title: 'small GET',
  against: 'nginx',
  goal: 1,
  least: 0.85,
  unit: 'times',
  better: 'higher',
  figures: [],
}
const LOWER: GoalRow = { ...HIGHER, goal: 5, least: 20, unit: '%', better: 'lower' }

const NEAR_ZERO: GoalRow = { ...LOWER, better: 'near zero' }

test.each([
  [HIGHER, [0.5, 1, 1.1], 'goal'],
  [HIGHER, [0.5, 0.85, 2], 'least'],
  [HIGHER, [0.84], 'neither'],
  [HIGHER, [], undefined],
  [LOWER, [-1], 'goal'],
  [LOWER, [5], 'goal'],
  [LOWER, [5.1], 'least'],
  [LOWER, [20.1], 'neither'],
  [NEAR_ZERO, [-8, 1, 7], 'goal'],
  [NEAR_ZERO, [-6], 'least'],
  [NEAR_ZERO, [-21], 'neither'],
] as const)('judge compares the median of the figures with the goal: %#', (row, figures, reached) => {
  expect(judge({ ...row, figures })).toBe(reached)
})
