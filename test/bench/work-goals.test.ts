import { describe, expect, test } from 'vitest'
import type { Measurement } from './measure.ts'
import type { Rival } from './rivals/rival.ts'
import type { Series } from './run-rounds.ts'
import { evaluateWorkGoals, isNeededForGoals } from './work-goals.ts'
import { type Work, WORKS, type WorkName } from './works.ts'

const BLANK: Measurement = {
  requestsPerCpuSecond: undefined,
  requestsPerSecond: 1,
  p50Ms: undefined,
  p99Ms: undefined,
  peakMemoryMib: undefined,
  failedCount: 0,
}

function rivalNamed(name: string): Rival {
  return { name, title: name, isJavaScript: false, prepare: () => undefined }
}

function workNamed(name: WorkName): Work {
  const work = WORKS.find((each) => each.name === name)
  if (work === undefined) throw new Error(`no work "${name}"`)
  return work
}

/** One series for each rival, with these parts of a measurement in each round. */
function seriesOf(name: WorkName, rounds: Record<string, readonly Partial<Measurement>[]>): Series[] {
  return Object.entries(rounds).map(([rival, measurements]) => ({
    work: workNamed(name),
    rival: rivalNamed(rival),
    measurements: measurements.map((measurement) => ({ ...BLANK, ...measurement })),
  }))
}

function figuresOf(name: WorkName, all: readonly Series[]): Record<string, readonly number[]> {
  const rows = evaluateWorkGoals([workNamed(name)], all)
  return Object.fromEntries(rows.map(({ against, title, figures }) => [against || title, figures]))
}

describe('evaluateWorkGoals', () => {
  test('compares requests per CPU-second within each round', () => {
    const figures = figuresOf(
      'small',
      seriesOf('small', {
        sluice: [{ requestsPerCpuSecond: 900 }, { requestsPerCpuSecond: 400 }],
        nginx: [{ requestsPerCpuSecond: 1000 }, { requestsPerCpuSecond: 500 }],
        hono: [{ requestsPerCpuSecond: 30 }],
      }),
    )
    expect(figures).toEqual({ nginx: [0.9, 0.8], hono: [30], haproxy: [], undici: [], 'http-proxy': [] })
  })

  test('takes the time that each proxy adds to what a request takes without one', () => {
    const all = seriesOf('latency', { sluice: [{ p50Ms: 8 }], nginx: [{ p50Ms: 6 }], direct: [{ p50Ms: 2 }] })
    expect(figuresOf('latency', all)).toEqual({ nginx: [1.5] })
  })

  test('says by how much the typed form is faster or slower', () => {
    const all = seriesOf('typed', {
      sluice: [{ requestsPerCpuSecond: 5 }, { requestsPerCpuSecond: 3 }],
      script: [{ requestsPerCpuSecond: 4 }, { requestsPerCpuSecond: 4 }],
    })
    expect(figuresOf('typed', all)).toEqual({ script: [25, -25] })
  })

  test('counts what a thousand routes cost, not what they gain', () => {
    const all = seriesOf('routes', {
      sluice: [{ requestsPerCpuSecond: 3 }, { requestsPerCpuSecond: 5 }],
      'two-routes': [{ requestsPerCpuSecond: 4 }, { requestsPerCpuSecond: 4 }],
    })
    expect(figuresOf('routes', all)).toEqual({ '2 routes': [25, -25] })
  })

  test('has two goals for connections that arrive at once', () => {
    const all = seriesOf('arrival', { sluice: [{ slowestMs: 30, clientSpread: 0.25 }], nginx: [{ slowestMs: 20 }] })
    expect(Object.values(figuresOf('arrival', all))).toEqual([[1.5], [25]])
  })
})

test('isNeededForGoals leaves out what no goal compares with', () => {
  expect(isNeededForGoals(rivalNamed('hono'), workNamed('small'))).toBe(true)
  expect(isNeededForGoals(rivalNamed('hono'), workNamed('16k'))).toBe(false)
  expect(isNeededForGoals(rivalNamed('nginx'), workNamed('1m'))).toBe(false)
  expect(isNeededForGoals(rivalNamed('direct'), workNamed('latency'))).toBe(true)
})
