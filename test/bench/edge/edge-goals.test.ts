import { describe, expect, test } from 'vitest'
import type { Measurement } from '../measure.ts'
import { WORKS, type Work } from '../works.ts'
import { costRatios } from './cost-ratios.ts'
import type { EdgeRival, EdgeRuntime } from './edge-rival.ts'
import type { EdgeSeries } from './edge-series.ts'
import { evaluateEdgeGoals } from './evaluate-edge-goals.ts'
import { formatEdge, formatEdgeAsMarkdown } from './format-edge.ts'

const [SMALL, MEDIUM] = WORKS as readonly [Work, Work]

function rival(name: string, runtime: EdgeRuntime, isBare: boolean): EdgeRival {
  const goal = isBare ? {} : { goalTitle: `${name}, small GET` }
  return { name, title: name, runtime, isBare, isJavaScript: true, ...goal, prepare: () => undefined }
}

function series(work: Work, of: EdgeRival, rates: readonly (number | undefined)[]): EdgeSeries {
  const measurements = rates.map((requestsPerCpuSecond) => ({ requestsPerCpuSecond }) as Measurement)
  return { work, rival: of, measurements }
}

const BARE = rival('workerd', 'workerd', true)
const OWN = rival('worker', 'workerd', false)
const BARE_BUN = rival('bun', 'Bun', true)
const ALL = [
  series(SMALL, BARE, [4000, 2000, 3000]),
  series(SMALL, OWN, [2000, 1250, 1000]),
  series(MEDIUM, BARE, [1000, 1000, 1000]),
  series(MEDIUM, OWN, [500, 500, 500]),
  series(SMALL, BARE_BUN, [50_000, 50_000, 50_000]),
] as const

describe('costRatios', () => {
  test('compares rounds with the bare fetch of the same runtime and work', () => {
    expect(costRatios(ALL[1], ALL)).toEqual([2, 1.6, 3])
    expect(costRatios(ALL[3], ALL)).toEqual([2, 2, 2])
  })

  test('leaves out rounds in which one of the two gave no figure, and all without a bare fetch', () => {
    const own = series(SMALL, OWN, [1000, undefined, 0, 1000])
    expect(costRatios(own, [series(SMALL, BARE, [2000, 2000, 2000]), own])).toEqual([2])
    expect(costRatios(own, [own, ALL[4]])).toEqual([])
  })
})

describe('evaluateEdgeGoals', () => {
  test('has a row for each proxy with a goal, of small GETs', () => {
    const rows = evaluateEdgeGoals(ALL)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ title: 'worker, small GET', goal: 1.25, better: 'lower', figures: [2, 1.6, 3] })
  })
})

describe('formatEdge', () => {
  test('tells microseconds for a request and multiples of the bare fetch', () => {
    expect(formatEdgeAsMarkdown(ALL).split('\n')).toEqual([
      '|  | GET, 16 bytes | GET, 16 KiB |',
      '| --- | --- | --- |',
      '| workerd | 333 | 1,000 |',
      '| worker | 800: 2.00× (1.60 to 3.00) | 2,000: 2.00× (2.00 to 2.00) |',
      '| bun | 20 |  |',
    ])
    expect(formatEdge([series(SMALL, OWN, [0])])).toContain('worker   not measured')
    expect(formatEdge(ALL)).toContain('worker   800: 2.00× (1.60 to 3.00)')
  })
})
