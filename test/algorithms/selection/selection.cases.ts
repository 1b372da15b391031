import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LoadBalancer } from '../../../src/algorithms/load-balancer.ts'
import type { Selection } from '../../../src/algorithms/selection/selection.ts'

/** Targets that are down, which counts how often it is asked. */
export class DownTargets {
  readonly names: Set<string>
  questions = 0

  constructor(...names: readonly string[]) {
    this.names = new Set(names)
  }

  find(target: string): boolean | undefined {
    this.questions++
    return this.names.has(target) || undefined
  }
}

/** The names `t0`, `t1`, … */
export function targetNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `t${i}`)
}

/** Weights by target, as a Selection takes them. */
export function weightsOf(weights: Readonly<Record<string, number>>): Map<string, number> {
  return new Map(Object.entries(weights))
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const weights = fc.dictionary(name, fc.constantFrom(0, 0, 1, 1, 2, 3, 0.5), { noNullPrototype: true })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ call: fc.constant('pick' as const), key: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('update' as const), weights }) },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constant('health' as const), down: fc.subarray(['a', 'b', 'c', 'd', 'e']) }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constantFrom('release' as const, 'hold' as const), target: name }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What every selection promises. One line in the test of each: `selectionCases('RoundRobin', () => new RoundRobin())`. */
export function selectionCases(title: string, create: () => Selection): void {
  describe(`${title} as a selection`, () => {
    test('picks nothing without targets', () => {
      const selection = create()
      expect(selection.pick('key', undefined)).toBeUndefined()
      selection.update(new Map())
      expect(selection.pick('key', undefined)).toBeUndefined()
    })

    test('picks every target of a weight above 0, and no other', () => {
      const selection = create()
      selection.update(weightsOf({ a: 1, none: 0, b: 2, ['__proto__x']: 1, constructor: 1 }))
      const picked = new Set(Array.from({ length: 200 }, (_, i) => selection.pick(`key-${i}`, undefined)))
      expect([...picked].sort()).toEqual(['__proto__x', 'a', 'b', 'constructor'])
    })

    test('picks nothing when all targets have weight 0 or are down', () => {
      const selection = create()
      selection.update(weightsOf({ a: 0, b: 0 }))
      expect(selection.pick('key', undefined)).toBeUndefined()
      selection.update(weightsOf({ a: 1, b: 1 }))
      expect(selection.pick('key', new DownTargets('a', 'b'))).toBeUndefined()
      expect(['a', 'b']).toContain(selection.pick('key', new DownTargets()))
    })

    test('picks a target again that has recovered', () => {
      const selection = create()
      selection.update(weightsOf({ a: 1, b: 1 }))
      const down = new DownTargets('a')
      const pickAll = (): (string | undefined)[] =>
        targetNames(100).map((key) => {
          const target = selection.pick(key, down)
          if (target !== undefined) selection.release(target)
          return target
        })
      expect(pickAll()).not.toContain('a')
      down.names.clear()
      const picked = pickAll()
      for (const target of ['a', 'b']) expect(picked.filter((other) => other === target).length).toBeGreaterThan(30)
    })

    test('finds the one target that has recovered among many that are still down', () => {
      const selection = create()
      const targets = targetNames(200)
      selection.update(new Map(targets.map((target) => [target, 1])))
      const down = new DownTargets(...targets.slice(10))
      const picked = (): Set<string | undefined> =>
        new Set(Array.from({ length: 2_000 }, (_, i) => selection.pick(i, down)))
      expect(picked()).not.toContain('t150')
      down.names.delete('t150')
      expect(picked()).toContain('t150')
    })

    test('goes on as if nothing had happened when the same list is set again', () => {
      const table = fc.array(fc.constantFrom(1, 2, 3, 5, 7, 10), { minLength: 1, maxLength: 6 })
      fc.assert(
        fc.property(table, fc.array(fc.boolean(), { maxLength: 60, size: 'max' }), (list, updates) => {
          const targets = new Map(list.map((weight, i) => [`t${i}`, weight]))
          const [plain, updated] = [create(), create()]
          plain.update(targets)
          updated.update(targets)
          for (const [i, isUpdate] of updates.entries()) {
            if (isUpdate) updated.update(new Map(targets))
            expect(updated.pick(i, undefined)).toBe(plain.pick(i, undefined))
          }
        }),
      )
    })

    test('ignores targets that it does not know', () => {
      const selection = create()
      selection.update(weightsOf({ a: 1 }))
      selection.release('unknown')
      selection.hold('unknown')
      selection.release('a')
      expect(selection.pick('key', undefined)).toBe('a')
    })

    test('asks about the health of few targets for a pick among 1,000', () => {
      const selection = create()
      selection.update(new Map(targetNames(1_000).map((target) => [target, 1])))
      const down = new DownTargets(...targetNames(500))
      // Each of those that are down is found out once; from then on few are asked.
      for (let i = 0; i < 1_500; i++) selection.pick(i, down)
      down.questions = 0
      for (let i = 0; i < 1_000; i++) selection.pick(i, down)
      expect(down.questions).toBeLessThanOrEqual(10_000)
    })

    test('keeps its promises in any order of calls', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => void checkPromises(create(), steps)),
        { numRuns: 500 },
      )
    })

    test('picks the same for the same calls', () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
          expect(checkPromises(create(), steps)).toEqual(checkPromises(create(), steps))
        }),
      )
    })

    test('makes a balancer that keeps a tag at its target', () => {
      const balancer = new LoadBalancer(create(), targetNames(5))
      const targetOf = new Map(targetNames(50).map((tag) => [tag, balancer.select(tag)]))
      for (const [tag, target] of targetOf) expect(balancer.select(tag)).toBe(target)
      expect(new Set(targetOf.values()).size).toBe(5)
    })
  })
}

/** Runs the calls, checks each pick, and gives the picks. */
function checkPromises(selection: Selection, steps: readonly Step[]): (string | undefined)[] {
  let current: ReadonlyMap<string, number> = new Map()
  const down = new DownTargets()
  const picks: (string | undefined)[] = []
  for (const next of steps) {
    if (next.call === 'update') {
      current = weightsOf(next.weights)
      selection.update(current)
    } else if (next.call === 'health') {
      down.names.clear()
      for (const target of next.down) down.names.add(target)
    } else if (next.call === 'pick') {
      const usable = [...current]
        .filter(([target, weight]) => weight > 0 && !down.names.has(target))
        .map(([target]) => target)
      const target = selection.pick(next.key, down)
      if (target !== undefined) expect(usable).toContain(target)
      else if (!selection.isKeyed) expect(usable).toEqual([])
      picks.push(target)
    } else {
      selection[next.call](next.target)
    }
  }
  return picks
}
