import { setFlagsFromString } from 'node:v8'
import { expect, test } from 'vitest'
import { createContext } from '../../src/engine/context.ts'
import { openPipeline } from '../engine/open-pipeline.ts'

/** V8's own comparison of hidden classes. */
function compileHaveSameMap(): (a: unknown, b: unknown) => boolean {
  setFlagsFromString('--allow-natives-syntax')
  // eslint-disable-next-line typescript/no-implied-eval -- no file with this syntax can be parsed otherwise
  return new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: unknown, b: unknown) => boolean
}

// In a process of its own, as a proxy runs: what other suites have made before changes how V8 clones.
test('all contexts of a proxy have one hidden class, copies as well', () => {
  const haveSameMap = compileHaveSameMap()
  const variables = { a: 1, b: '', c: undefined, d: [] }
  const contexts = Array.from({ length: 4 }, () => createContext(variables, null))
  const { pipeline } = openPipeline([])
  const copies = contexts.map((context) =>
    pipeline.layout
      .open(context, { process: () => undefined }, { pause: () => undefined, resume: () => undefined })
      .copyContext(),
  )
  for (const other of [...contexts, ...copies]) expect(haveSameMap(contexts[0], other)).toBe(true)
})
