import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RoundRobin } from '../../../src/algorithms/selection/round-robin.ts'
import { DownTargets, selectionCases, targetNames, weightsOf } from './selection.cases.ts'

selectionCases('RoundRobin', () => new RoundRobin())

function createRoundRobin(weights: Readonly<Record<string, number>>): RoundRobin {
  const selection = new RoundRobin()
  selection.update(weightsOf(weights))
  return selection
}

function picks(selection: RoundRobin, count: number, down?: DownTargets): string {
  return Array.from({ length: count }, () => selection.pick(undefined, down) ?? '-').join('')
}

describe('RoundRobin', () => {
  test('begins with the first of the list and takes turns', () => {
    expect(picks(createRoundRobin({ c: 1, a: 1, b: 1 }), 7)).toBe('cabcabc')
  })

  test('takes turns by weight in the order of the Pipy reference', () => {
    expect(picks(createRoundRobin({ z: 2, a: 1, m: 1 }), 8)).toBe('zamzzamz')
  })

  test('takes fractions as weights', () => {
    expect(picks(createRoundRobin({ a: 0.5, b: 1 }), 6)).toBe('abbabb')
  })

  test('picks in the order of Pipy’s rule for any weights', () => {
    const weights = fc
      .uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 1, maxLength: 8, size: 'max' })
      .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.integer({ min: 0, max: 9 })))))
    fc.assert(
      fc.property(weights, (entries) => {
        const table = Object.fromEntries(entries)
        const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
        expect(picks(createRoundRobin(table), 3 * total)).toBe(pickAsPipy(entries, 3 * total))
      }),
    )
  })

  test('lets a newcomer take its turn without making up for the past', () => {
    const selection = createRoundRobin({ a: 1, b: 1 })
    picks(selection, 1_000)
    selection.update(weightsOf({ a: 1, b: 1, c: 1 }))
    expect(picks(selection, 6)).toBe('abcabc')
  })

  test('goes on in mid-round when a weight changes', () => {
    const selection = createRoundRobin({ a: 1, b: 1 })
    picks(selection, 101)
    selection.update(weightsOf({ a: 1, b: 2 }))
    const next = picks(selection, 300)
    expect(next.slice(0, 6)).toBe('bbabba')
    expect([...next].filter((name) => name === 'b')).toHaveLength(200)
  })

  test('keeps its place when the same list is set again', () => {
    const selection = createRoundRobin({ a: 1, b: 1, c: 1 })
    picks(selection, 1)
    selection.update(weightsOf({ a: 1, b: 1, c: 1 }))
    expect(picks(selection, 3)).toBe('bca')
  })

  test('passes over targets that are down, and readmits them level with the others', () => {
    const selection = createRoundRobin({ a: 1, b: 1, c: 1 })
    const down = new DownTargets('b')
    expect(picks(selection, 6, down)).toBe('acacac')
    picks(selection, 1_000, down)
    down.names.clear()
    const next = picks(selection, 9, down)
    expect([...'abc'].map((name) => [...next].filter((picked) => picked === name).length)).toEqual([3, 3, 3])
  })

  test('shares evenly between two targets that were down one after the other, and then both', () => {
    const selection = createRoundRobin({ a: 1, b: 1 })
    const down = new DownTargets('a')
    picks(selection, 1_000, down)
    down.names.add('b')
    expect(picks(selection, 1, down)).toBe('-')
    down.names.delete('a')
    picks(selection, 1, down)
    down.names.clear()
    const next = picks(selection, 10, down)
    expect([...next].filter((name) => name === 'a').length).toBeGreaterThanOrEqual(4)
    expect([...next].filter((name) => name === 'b').length).toBeGreaterThanOrEqual(4)
  })

  test('does not count those who keep to a target', () => {
    const selection = createRoundRobin({ a: 1, b: 1 })
    for (let i = 0; i < 10; i++) selection.hold('b')
    expect(picks(selection, 4)).toBe('abab')
  })

  test('stays exact over a long time', () => {
    const selection = createRoundRobin(Object.fromEntries(targetNames(10).map((name, i) => [name, i + 1])))
    const round = picks(selection, 55)
    for (let i = 0; i < 1_000; i++) expect(picks(selection, 55)).toBe(round)
  })
})

/** Smallest hits / weight, the first among equals; all counters start again after as many hits as weights. */
function pickAsPipy(entries: readonly (readonly [string, number])[], count: number): string {
  const targets = entries.filter(([, weight]) => weight > 0).map(([name, weight]) => ({ name, weight, hits: 0 }))
  const total = targets.reduce((sum, { weight }) => sum + weight, 0)
  let picked = ''
  for (let i = 0; i < count; i++) {
    if (i % total === 0) for (const target of targets) target.hits = 0
    const best = targets.reduce((a, b) => (b.hits / b.weight < a.hits / a.weight ? b : a))
    best.hits++
    picked += best.name
  }
  return picked
}
