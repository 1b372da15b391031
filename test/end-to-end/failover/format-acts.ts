import type { ActSummary, Times } from './summarize-act.ts'
import { formatTable } from './format-table.ts'

/** The acts' table, in Markdown. */
export function formatActs(acts: readonly ActSummary[]): string {
  const heads = [
    'act',
    'requests',
    'lost',
    'mixed up',
    'sent again',
    'p50 ms',
    'p99 ms',
    'ejected after ms',
    'takes load again after ms',
    'POSTs',
    'failed',
    'came twice',
  ]
  return formatTable(
    heads,
    acts.map((act) => [
      act.name,
      show(act.requests),
      show(act.lost),
      show(act.mixed),
      act.retries === undefined ? '' : show(act.retries),
      act.p50Ms.toFixed(1),
      act.p99Ms.toFixed(1),
      showTimes(act.ejectMs),
      showTimes(act.returnMs),
      show(act.posts),
      show(act.failedPosts),
      show(act.repeatedPosts),
    ]),
  )
}

function show(count: number): string {
  return count.toLocaleString('en')
}

/** One time, or the median and the worst of several. */
function showTimes({ median, worst }: Times): string {
  if (Number.isNaN(worst)) return ''
  return median === worst ? worst.toFixed(0) : `${median.toFixed(0)}, at most ${worst.toFixed(0)}`
}
