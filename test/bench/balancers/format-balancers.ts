import type { BalancerFigures } from './measure-balancer.ts'

/** The figures of all balancers as a Markdown table. */
export function formatBalancers(all: readonly BalancerFigures[], targetCounts: readonly number[]): string {
  const counts = targetCounts.map((count) => count.toLocaleString('en'))
  const heading = [
    'balancer',
    ...counts.map((count, i) => (i === 0 ? `largest share, ${count} targets` : count)),
    'keys moved, 1 of 100 leaves',
    ...counts.map((count, i) => (i === 0 ? `ns, ${count} targets` : count)),
    `ms after a change of ${counts.at(-1)}`,
  ]
  const rows = all.map(({ name, largestShares, moved, nanosecondsPerRequest, changeMs }) => [
    `\`${name}\``,
    ...largestShares.map((share) => `${share.toFixed(2)}×`),
    moved === undefined ? '' : `${(moved * 100).toFixed(2)} %`,
    ...nanosecondsPerRequest.map((time) => time.toFixed(0)),
    changeMs.toFixed(1),
  ])
  return [heading, heading.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
