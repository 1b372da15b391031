import { formatTable } from './format-table.ts'
import type { StickyReport } from './sticky-report.ts'
import type { ActSummary } from './summarize-act.ts'

export interface StickyRow {
  readonly by: string
  readonly summary: ActSummary
  readonly stickiness: StickyReport
}

/** The table of stickiness, in Markdown. */
export function formatStickiness(rows: readonly StickyRow[]): string {
  const heads = [
    'sticky by',
    'requests',
    'lost',
    'left a healthy target',
    'clients of the killed one',
    'of those, moved once and stayed',
    'ejected after ms',
    'takes new clients after ms',
  ]
  return formatTable(
    heads,
    rows.map(({ by, summary, stickiness: { requests, strays, affectedClients, movesByClient } }) => [
      by,
      requests.toLocaleString('en'),
      String(summary.lost),
      `${strays.length} (${((100 * strays.length) / requests).toFixed(1)} %)`,
      String(affectedClients.size),
      String([...affectedClients].filter((client) => movesByClient.get(client) === 1).length),
      summary.ejectMs.worst.toFixed(0),
      summary.returnMs.worst.toFixed(0),
    ]),
  )
}
