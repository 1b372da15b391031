import { describe, expect, test } from 'vitest'
import { createBalancer } from '../../../src/algorithms/balancers/create-balancer.ts'
import { formatBalancers } from './format-balancers.ts'
import { measureBalancer } from './measure-balancer.ts'

const WORK = { targetCounts: [2, 20], requests: 4_000, keys: 2_000, rounds: 1, millisecondsPerRound: 1 }

describe('measureBalancer', () => {
  test('finds even shares of round robin, and no keys that could move', () => {
    const figures = measureBalancer(() => createBalancer('round-robin'), WORK)
    expect(figures).toMatchObject({ name: 'round-robin', largestShares: [1, 1], moved: undefined })
    expect(figures.nanosecondsPerRequest.every((time) => time > 0)).toBe(true)
  })

  test('finds the share of keys that rendezvous moves', () => {
    const { moved = 0, largestShares } = measureBalancer(() => createBalancer('rendezvous'), WORK)
    expect(moved).toBeGreaterThan(0.006)
    expect(moved).toBeLessThan(0.014)
    expect(largestShares[1]).toBeGreaterThan(1)
  })
})

describe('formatBalancers', () => {
  test('makes a row for each, with nothing under keys where they do not count', () => {
    const figures = [
      {
        name: 'random',
        largestShares: [1.014, 1.1],
        moved: undefined,
        nanosecondsPerRequest: [99.6, 120],
        changeMs: 0.04,
      },
      { name: 'maglev', largestShares: [1, 1.5], moved: 0.0156, nanosecondsPerRequest: [70, 80], changeMs: 3 },
    ]
    expect(formatBalancers(figures, [10, 1_000])).toBe(
      [
        '| balancer | largest share, 10 targets | 1,000 | keys moved, 1 of 100 leaves | ns, 10 targets | 1,000 | ms after a change of 1,000 |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
        '| `random` | 1.01× | 1.10× |  | 100 | 120 | 0.0 |',
        '| `maglev` | 1.00× | 1.50× | 1.56 % | 70 | 80 | 3.0 |',
      ].join('\n'),
    )
  })
})
