import type { PlayedStorm } from './all-runs.ts'
import { Drawing } from './drawing.ts'
import { DEFENCES, STORM } from './run-storm.ts'

const WIDTH = 860
const LEFT = 60
const PLOT_WIDTH = 770
const PLOT_HEIGHT = 170
const TOP = 34
const BOTTOM = 46
const LEGEND_ROW = 20
const LEGEND_COLUMNS = 3
const LEGEND_HEIGHT = 16 + LEGEND_ROW * Math.ceil(DEFENCES.length / LEGEND_COLUMNS)
const TICK_SECONDS = 10

/** What share of the requests of each second is answered well, by what is there against a storm; a plot for each load. */
export function plotStorms(storms: readonly PlayedStorm[]): string {
  const loads = [...new Set(storms.map(({ load }) => load))]
  const panelHeight = TOP + PLOT_HEIGHT + BOTTOM
  const drawing = new Drawing(
    WIDTH,
    LEGEND_HEIGHT + loads.length * panelHeight,
    'Requests answered well during and after a brown-out',
    'A line for each way of dealing with retries: the share of the requests of each second that is answered well. The figures stand in the table of the page.',
  )
  for (const [i, { text }] of DEFENCES.entries()) {
    const x = LEFT + (i % LEGEND_COLUMNS) * 230
    const y = 18 + Math.floor(i / LEGEND_COLUMNS) * LEGEND_ROW
    const line = [
      [x, y - 4],
      [x + 22, y - 4],
    ] as const
    drawing.line(line, i)
    drawing.text(x + 28, y, text)
  }
  for (const [i, load] of loads.entries()) {
    plotLoad(
      drawing,
      LEGEND_HEIGHT + i * panelHeight + TOP,
      load,
      storms.filter((storm) => storm.load === load),
    )
  }
  return drawing.toString()
}

function plotLoad(drawing: Drawing, top: number, load: number, storms: readonly PlayedStorm[]): void {
  const durationMs = storms.reduce((longest, storm) => Math.max(longest, storm.durationMs), 0)
  const xOf = (seconds: number): number => LEFT + (PLOT_WIDTH * seconds * 1000) / durationMs
  const yOf = (share: number): number => top + PLOT_HEIGHT * (1 - share)
  const title = `${Math.round(load * 100)} % load: requests answered well, in percent, by second`
  drawing.text(LEFT, top - 12, title, { kind: 'title' })
  const [from, to] = [(STORM.from * durationMs) / 1000, (STORM.to * durationMs) / 1000]
  drawing.area(xOf(from), top, xOf(to) - xOf(from), PLOT_HEIGHT)
  drawing.text(xOf((from + to) / 2), top + PLOT_HEIGHT + 34, 'brown-out', { anchor: 'middle', kind: 'label' })
  for (const percentage of [0, 25, 50, 75, 100]) {
    const y = yOf(percentage / 100)
    drawing.rule(LEFT, y, LEFT + PLOT_WIDTH, y)
    drawing.text(LEFT - 8, y + 4, String(percentage), { anchor: 'end', kind: 'label' })
  }
  for (let seconds = 0; seconds * 1000 <= durationMs; seconds += TICK_SECONDS) {
    drawing.text(xOf(seconds), top + PLOT_HEIGHT + 18, `${seconds} s`, { anchor: 'middle', kind: 'label' })
  }
  for (const { defence, seconds } of storms) {
    const points = seconds.map(({ requests, answered }, i) => [xOf(i + 0.5), yOf(answered / requests)] as const)
    drawing.line(points, DEFENCES.indexOf(defence))
  }
}
