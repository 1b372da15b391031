/** Each rule is shown a tree that breaks it: a rule that cannot fail holds nothing. */
import { describe, expect, test } from 'vitest'
import { checkImportCycles } from './import-cycles.ts'
import { checkLayers } from './layer-rules.ts'
import { checkRuntimeNames } from './runtime-names.ts'
import { treeOf } from './tree-of.ts'

describe('checkLayers', () => {
  test.each([
    ['src/events.ts', './streams/queue.ts', 'contracts may import only its own layer'],
    ['src/streams/a.ts', '../engine/b.ts', 'streams may import only streams, contracts'],
    ['src/engine/a.ts', '../http/b.ts', 'engine may import only'],
    ['src/http/a.ts', '../algorithms/cache.ts', 'http may import only'],
    ['src/algorithms/selection/a.ts', '../../engine/b.ts', 'algorithms may import only'],
    ['src/filters/a.ts', '../pipy.ts', 'filters may import only'],
    ['src/pipy.ts', './script/a.ts', 'configuration may import only'],
    ['src/admin/a.ts', '../script/b.ts', 'admin may import only'],
    ['src/filters/a.ts', 'acorn', 'filters uses no package'],
    ['src/index.ts', 'hono', 'configuration uses no package'],
    ['src/script/a.ts', 'node:vm', 'src knows no runtime'],
    ['src/script/a.ts', '../../adapters/node/b.ts', 'src imports nothing outside of src'],
    ['src/script/a.ts', '../index.ts', 'an index is for users'],
    ['src/script/a.ts', '../algorithms/index.ts', 'an index is for users'],
    ['adapters/deno/a.ts', '../node/b.ts', 'adapters never import each other'],
    ['adapters/node.js', './bun/b.ts', 'adapters never import each other'],
    ['examples/01-hello/proxy.ts', '../../src/index.ts', 'by name'],
  ])('refuses that %s imports %s', (path, specifier, remedy) => {
    const types = path.endsWith('.js') ? [] : [`import type { X } from '${specifier}'`]
    for (const statement of [`import '${specifier}'`, `export * from '${specifier}'`, ...types]) {
      const [violation, ...others] = checkLayers(treeOf({ [path]: `\n${statement}\n` }))
      expect(violation).toContain(`${path}:2 imports ${specifier}`)
      expect(violation).toContain(remedy)
      expect(others).toEqual([])
    }
    expect(checkLayers(treeOf({ [path]: `await import('${specifier}')` }))).toHaveLength(1)
  })

  test('refuses a folder without a layer and an index that is no door', () => {
    expect(checkLayers(treeOf({ 'src/extras/a.ts': '' }))[0]).toContain('belongs to no layer')
    expect(checkLayers(treeOf({ 'src/filters/index.ts': '' }))[0]).toContain('is an index and no door')
  })

  test('allows imports that point down, and packages above', () => {
    const tree = treeOf({
      'src/transport.ts': `import type { ProxyError } from './errors.ts'`,
      'src/engine/a.ts': `import { A } from '../streams/a.ts'; import { b } from './b.ts'`,
      'src/filters/a.ts': `import { A } from '../http/a.ts'; import { B } from '../algorithms/selection/b.ts'`,
      'src/script/a.ts': `import 'acorn'; import { pipy } from '../pipy.ts'`,
      'src/index.ts': `export * as algo from './algorithms/index.ts'`,
      'src/algorithms/index.ts': `export { Cache } from './cache.ts'`,
      'adapters/node.js': `import '../dist/adapters/node/main.js'; import './node/a.ts'`,
      'adapters/node/a.ts': `import 'node:net'; import './b.ts'; import '../../src/index.ts'`,
      'examples/a/proxy.ts': `import { pipy } from 'sluice'; import './other.ts'`,
    })
    expect(checkLayers(tree)).toEqual([])
  })
})

describe('checkImportCycles', () => {
  test('tells the circle', () => {
    const tree = treeOf({
      'src/a.ts': `import './b.ts'`,
      'src/b.ts': `import './c.ts'`,
      'src/c.ts': `export * from './b.ts'`,
    })
    expect(checkImportCycles(tree)).toEqual([
      expect.stringContaining('src/b.ts → src/c.ts → src/b.ts: imports form a circle'),
    ])
  })

  test('does not mind types, nor a file that is reached twice', () => {
    const tree = treeOf({
      'src/a.ts': `import './b.ts'; import './c.ts'`,
      'src/b.ts': `import './c.ts'; import type { A } from './a.ts'`,
      'src/c.ts': '',
    })
    expect(checkImportCycles(tree)).toEqual([])
  })
})

describe('checkRuntimeNames', () => {
  test.each([
    ['Buffer.from("a")', 'knows no runtime'],
    ['if (typeof process !== "undefined") { }', 'knows no runtime'],
    ['globalThis.process.exit()', 'knows no runtime'],
    ['const name = navigator.userAgent', 'knows no runtime'],
    ['const now = Date.now', 'time and chance'],
    ['f(new Date())', 'time and chance'],
    ['performance.now()', 'time and chance'],
    ['const at = { random: Math.random }', 'time and chance'],
    ['setTimeout(() => {}, 1)', 'time and chance'],
    ['new Function("return 1")', 'evaluates no text'],
    ['eval("1")', 'evaluates no text'],
  ])('refuses %s', (statement, remedy) => {
    const violations = checkRuntimeNames(treeOf({ 'src/engine/a.ts': `\n${statement}` }))
    expect(violations).toEqual([expect.stringMatching(`^src/engine/a.ts:2 uses .*${remedy}`)])
  })

  test('does not mind names that mean something else', () => {
    const tree = treeOf({
      'src/engine/a.ts': `
        export class A { process(event: Event): Date { this.next.process(event); return { process: 1, Date: Math.abs(1) } } }
        export function f(process: () => void, { Buffer: b, navigator = 1 }) { process(); use(b, navigator) }
        export interface Timing { Date: number; eval(): void }
        // Date.now() in a comment, "eval" in a string
      `,
      'adapters/node/a.ts': 'process.exit(Date.now())',
    })
    expect(checkRuntimeNames(tree)).toEqual([])
  })

  test('allows what is meant, and tells what is on the list for nothing', () => {
    const tree = treeOf({ 'src/script/a.ts': 'setTimeout(f, 1)' })
    expect(checkRuntimeNames(tree, { 'src/script/a.ts': { setTimeout: 'a reason' } })).toEqual([])
    expect(checkRuntimeNames(tree, { 'src/script/a.ts': { setTimeout: 'a reason', Date: 'another' } })).toEqual([
      expect.stringContaining('uses no Date'),
    ])
  })
})
