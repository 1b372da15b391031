import type { Measurement } from '../measure.ts'
import type { Series } from '../run-rounds.ts'
import { median, pairedRatio, spread } from './statistics.ts'

const EFFICIENCY = 'requestsPerCpuSecond'

interface Column {
  /** Two lines. */
  readonly heading: (subject: Series, base: Series) => readonly [string, string]
  readonly cell: (series: Series, subject: Series, base: Series) => string
}

const COLUMNS: readonly Column[] = [
  { heading: () => ['', ''], cell: ({ rival }) => rival.title },
  { heading: () => ['requests', '/CPU-s'], cell: (series) => formatCount(median(pick(series, EFFICIENCY))) },
  {
    heading: (_, base) => ['of', base.rival.name],
    cell: (series, _, base) => formatRatio(pairedRatio(pick(series, EFFICIENCY), pick(base, EFFICIENCY))),
  },
  {
    heading: () => ['', '±'],
    cell: (series) => {
      const rates = pick(series, EFFICIENCY)
      return rates.length < 2 ? '' : `${(spread(rates) * 100).toFixed(0)} %`
    },
  },
  {
    heading: (subject) => ['', `${subject.rival.name} is`],
    cell: (series, subject) => {
      if (series === subject) return ''
      return formatRatio(pairedRatio(pick(subject, EFFICIENCY), pick(series, EFFICIENCY)), '×')
    },
  },
  { heading: () => ['requests', '/s'], cell: (series) => formatCount(median(pick(series, 'requestsPerSecond'))) },
  { heading: () => ['p50', 'ms'], cell: (series) => formatTime(median(pick(series, 'p50Ms'))) },
  { heading: () => ['p99', 'ms'], cell: (series) => formatTime(median(pick(series, 'p99Ms'))) },
  { heading: () => ['slowest', 'ms'], cell: (series) => formatTime(median(pick(series, 'slowestMs'))) },
  { heading: () => ['per client', '±'], cell: (series) => formatPercent(median(pick(series, 'clientSpread'))) },
  { heading: () => ['peak', 'MiB'], cell: (series) => formatCount(median(pick(series, 'peakMemoryMib'))) },
  {
    heading: () => ['', 'failed'],
    cell: (series) => {
      const failedCount = pick(series, 'failedCount').reduce((sum, count) => sum + count, 0)
      return failedCount === 0 ? '' : String(failedCount)
    },
  },
]

/**
 * The table of one work. Rows are rivals; figures are medians over the rounds, ratios are medians of the ratios within
 * each round. Columns in which nothing stands are left out.
 * @param subject the first series: its requests per CPU-second are also given as a multiple of each row's
 * @param base the series that the others are given as a part of
 */
export function formatTable(all: readonly Series[], subject: Series, base: Series): string {
  const columns = COLUMNS.map(({ heading, cell }) => ({
    heading: heading(subject, base),
    cells: all.map((series) => cell(series, subject, base)),
  })).filter(({ cells }) => cells.some((cell) => cell !== ''))
  const headings = [0, 1].map((line) => columns.map(({ heading }) => heading[line] ?? ''))
  const rows = all.map((_, row) => columns.map(({ cells }) => cells[row] ?? ''))
  const { title, connectionCount } = subject.work
  const connections = `${connectionCount.toLocaleString('en')} connection${connectionCount === 1 ? '' : 's'}`
  return `${title}, ${connections}\n${alignColumns([...headings, ...rows])}`
}

function pick(series: Series, key: keyof Measurement): number[] {
  return series.measurements.map((measurement) => measurement[key]).filter((value) => value !== undefined)
}

function formatCount(value: number): string {
  return Number.isNaN(value) ? '' : Math.round(value).toLocaleString('en')
}

function formatRatio(value: number, unit = ''): string {
  return Number.isFinite(value) ? `${value.toFixed(2)}${unit}` : ''
}

function formatTime(value: number): string {
  if (Number.isNaN(value)) return ''
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)
}

function formatPercent(value: number): string {
  return Number.isNaN(value) ? '' : `${(value * 100).toFixed(1)} %`
}

/** Pads every cell to its column's width: the first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n')
}
