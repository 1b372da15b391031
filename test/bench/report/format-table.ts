import type { Measurement } from '../measure.ts'
import type { Series } from '../run-rounds.ts'
import { median, pairedRatio, spread } from './statistics.ts'

const HEADINGS = ['requests', 'of', '', '', 'requests', 'p50', 'p99', 'peak', '']

/**
 * The table of one work. Rows are rivals; figures are medians over the rounds, ratios are medians of the ratios within
 * each round.
 * @param subject the first series: its requests per CPU-second are also given as a multiple of each row's
 * @param base the series that the others are given as a part of
 */
export function formatTable(all: readonly Series[], subject: Series, base: Series): string {
  const header = [
    ['', ...HEADINGS],
    ['', '/CPU-s', base.rival.name, '±', `${subject.rival.name} is`, '/s', 'ms', 'ms', 'MiB', 'failed'],
  ]
  const rows = all.map((series) => [series.rival.title, ...formatRow(series, subject, base)])
  const { work } = subject
  return `${work.title}, ${work.connectionCount} connections\n${alignColumns([...header, ...rows])}`
}

function formatRow(series: Series, subject: Series, base: Series): string[] {
  const own = pick(series, 'requestsPerCpuSecond')
  const failedCount = pick(series, 'failedCount').reduce((sum, count) => sum + count, 0)
  return [
    formatCount(median(own)),
    formatRatio(pairedRatio(own, pick(base, 'requestsPerCpuSecond'))),
    own.length < 2 ? '' : `${(spread(own) * 100).toFixed(0)} %`,
    series === subject ? '' : formatRatio(pairedRatio(pick(subject, 'requestsPerCpuSecond'), own), '×'),
    formatCount(median(pick(series, 'requestsPerSecond'))),
    formatTime(median(pick(series, 'p50Ms'))),
    formatTime(median(pick(series, 'p99Ms'))),
    formatCount(median(pick(series, 'peakMemoryMib'))),
    failedCount === 0 ? '' : String(failedCount),
  ]
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
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
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
