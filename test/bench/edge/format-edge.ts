import { alignColumns } from '../report/format-table.ts'
import { median } from '../report/statistics.ts'
import { costRatios } from './cost-ratios.ts'
import type { EdgeSeries } from './edge-series.ts'

/** The table of all works, for a terminal: microseconds of processor time, and in parts of the bare fetch's. */
export function formatEdge(all: readonly EdgeSeries[]): string {
  return `Microseconds of processor time for a request, and as a multiple of the bare fetch's\n${alignColumns(toRows(all))}`
}

/** The same in Markdown. */
export function formatEdgeAsMarkdown(all: readonly EdgeSeries[]): string {
  const [headings = [], ...rows] = toRows(all)
  const lines = [headings, headings.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The headings, then a row for each proxy and a cell for each work. */
function toRows(all: readonly EdgeSeries[]): string[][] {
  const works = [...new Set(all.map(({ work }) => work))]
  const rivals = [...new Set(all.map(({ rival }) => rival))]
  const cell = (series: EdgeSeries | undefined): string => (series === undefined ? '' : formatCost(series, all))
  return [
    ['', ...works.map(({ title }) => title)],
    ...rivals.map((rival) => [
      rival.title,
      ...works.map((work) => cell(all.find((series) => series.rival === rival && series.work === work))),
    ]),
  ]
}

function formatCost(series: EdgeSeries, all: readonly EdgeSeries[]): string {
  const rates = series.measurements.map(({ requestsPerCpuSecond }) => requestsPerCpuSecond ?? Number.NaN)
  const microseconds = 1e6 / median(rates)
  if (!Number.isFinite(microseconds)) return 'not measured'
  const text = Math.round(microseconds).toLocaleString('en')
  if (series.rival.isBare) return text
  const ratios = costRatios(series, all)
  if (ratios.length === 0) return text
  const [middle, lowest, highest] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((ratio) =>
    ratio.toFixed(2),
  )
  return ratios.length === 1 ? `${text}: ${middle}×` : `${text}: ${middle}× (${lowest} to ${highest})`
}
