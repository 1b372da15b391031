import type { Played } from './all-runs.ts'
import { Drawing } from './drawing.ts'

/** One of several plots side by side. */
export interface LatencyPanel {
  readonly title: string
  readonly runs: readonly Played[]
}

const COLUMNS = 2
const LEFT = 130
const PLOT_WIDTH = 270
const RIGHT = 30
const ROW_HEIGHT = 18
const TOP = 26
const BOTTOM = 34
const LEGEND_HEIGHT = 34
const TICKS_MS = [50, 100, 200, 500, 1000, 2000, 5000]
const KINDS = ['p50', 'p99', 'p99.9'] as const

/** For each balancer three dots, how long half of all, 99 of 100 and 999 of 1,000 requests took, on a logarithmic scale. */
export function plotLatencies(panels: readonly LatencyPanel[]): string {
  const panelWidth = LEFT + PLOT_WIDTH + RIGHT
  const most = panels.reduce((rows, { runs }) => Math.max(rows, runs.length), 0)
  const panelHeight = TOP + most * ROW_HEIGHT + BOTTOM
  const drawing = new Drawing(
    COLUMNS * panelWidth,
    LEGEND_HEIGHT + Math.ceil(panels.length / COLUMNS) * panelHeight,
    'Latency by balancer and scenario',
    'Dots for the 50th, 99th and 99.9th percentile of the latency in milliseconds, on a logarithmic scale. The figures stand in the tables of the page.',
  )
  for (const [i, kind] of KINDS.entries()) {
    drawing.dot(LEFT + i * 70, 16, i)
    drawing.text(LEFT + i * 70 + 9, 20, kind)
  }
  drawing.text(LEFT + KINDS.length * 70 + 9, 20, 'of requests that were answered well, in ms', { kind: 'label' })
  const all = panels.flatMap(({ runs }) => runs.flatMap((run) => [run.p50Ms, run.p999Ms]))
  const [least, largest] = [Math.min(...all) * 0.8, Math.max(...all) * 1.1]
  for (const [i, panel] of panels.entries()) {
    const left = (i % COLUMNS) * panelWidth + LEFT
    const top = LEGEND_HEIGHT + Math.floor(i / COLUMNS) * panelHeight + TOP
    const xOf = (ms: number): number => left + (PLOT_WIDTH * Math.log(ms / least)) / Math.log(largest / least)
    const bottom = top + panel.runs.length * ROW_HEIGHT
    drawing.text(left, top - 8, panel.title, { kind: 'title' })
    for (const tick of TICKS_MS) {
      if (tick < least || tick > largest) continue
      drawing.rule(xOf(tick), top, xOf(tick), bottom)
      drawing.text(xOf(tick), bottom + 14, String(tick), { anchor: 'middle', kind: 'label' })
    }
    for (const [row, run] of panel.runs.entries()) {
      const y = top + (row + 0.5) * ROW_HEIGHT
      drawing.text(left - 8, y + 4, run.balancer, { anchor: 'end' })
      drawing.rule(xOf(run.p50Ms), y, xOf(run.p999Ms), y)
      for (const [kind, ms] of [run.p50Ms, run.p99Ms, run.p999Ms].entries()) drawing.dot(xOf(ms), y, kind)
    }
  }
  return drawing.toString()
}
