import { type Goal, type GoalRow, type GoalUnit, judge, type Reached } from '../goals.ts'
import { alignColumns } from './format-table.ts'
import { median } from './statistics.ts'

const HEADINGS = ['work', 'against', 'goal', 'at the least', 'measured', 'met?']

const VERDICTS: Readonly<Record<NonNullable<Reached>, string>> = {
  goal: 'yes',
  least: 'at the least',
  neither: 'no',
}

/** The table of the goals, for a terminal. */
export function formatGoals(rows: readonly GoalRow[]): string {
  return alignColumns([HEADINGS, ...rows.map(formatRow)])
}

/** The table of the goals, in Markdown. */
export function formatGoalsAsMarkdown(rows: readonly GoalRow[]): string {
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(formatRow)]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function formatRow(row: GoalRow): string[] {
  const reached = judge(row)
  const verdict = reached === undefined ? 'not measured' : VERDICTS[reached]
  return [row.title, row.against, formatBound(row, row.goal), formatBound(row, row.least), formatMeasured(row), verdict]
}

function formatBound({ better, unit }: Goal, bound: number): string {
  return `${SIGNS[better]} ${bound}${UNITS[unit]}`
}

/** The median, and between which figures the rounds lie. */
function formatMeasured({ figures, unit }: GoalRow): string {
  if (figures.length === 0) return ''
  const [middle, lowest, highest] = [median(figures), Math.min(...figures), Math.max(...figures)].map((value) =>
    value.toFixed(DECIMALS[unit](value)),
  )
  return `${middle}${UNITS[unit]}${figures.length === 1 ? '' : ` (${lowest} to ${highest})`}`
}

const SIGNS: Readonly<Record<Goal['better'], string>> = { higher: '≥', lower: '≤', 'near zero': '±' }

const UNITS: Readonly<Record<GoalUnit, string>> = { times: '×', '%': ' %', KB: ' KB', ms: ' ms' }

const DECIMALS: Readonly<Record<GoalUnit, (value: number) => number>> = {
  times: (value) => (value < 10 ? 2 : 1),
  '%': () => 1,
  KB: () => 1,
  ms: () => 0,
}
