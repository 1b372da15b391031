import { expect, test } from 'vitest'
import type { GoalRow } from '../goals.ts'
import { formatGoals, formatGoalsAsMarkdown } from './format-goals.ts'

const EFFICIENCY: GoalRow = {
  name: 'small',
  title: 'small GET',
  against: 'nginx',
  goal: 1,
  least: 0.85,
  unit: 'times',
  better: 'higher',
  figures: [0.8, 0.951, 0.9],
}
const SPREAD: GoalRow = {
  name: 'arrival',
  title: 'spread',
  against: '',
  goal: 5,
  least: 20,
  unit: '%',
  better: 'lower',
  figures: [3.14],
}

test('formatGoals gives the median, the range of the rounds and what is met', () => {
  expect(formatGoals([EFFICIENCY, SPREAD]).split('\n')).toEqual([
    'work       against   goal  at the least              measured          met?',
    'small GET    nginx   ≥ 1×       ≥ 0.85×  0.90× (0.80 to 0.95)  at the least',
    'spread              ≤ 5 %        ≤ 20 %                 3.1 %           yes',
  ])
})

test('formatGoals gives a difference its sign', () => {
  const row = { ...SPREAD, better: 'near zero', figures: [-1.5, 1, -2] } as const
  expect(formatGoals([row])).toContain('± 5 %        ± 20 %  -1.5 % (-2.0 to 1.0)   yes')
})

test('formatGoalsAsMarkdown says what was not measured', () => {
  expect(formatGoalsAsMarkdown([{ ...SPREAD, figures: [] }])).toBe(
    '| work | against | goal | at the least | measured | met? |\n' +
      '| --- | --- | --- | --- | --- | --- |\n' +
      '| spread |  | ≤ 5 % | ≤ 20 % |  | not measured |',
  )
})
