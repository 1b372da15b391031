import { describe, expect, test } from 'vitest'
import { runCompiledScript, type CompiledScript } from '../../src/script/run-compiled-script.ts'

const MANIFEST = { file: 'proxy.js', contextNames: [], globalNames: [], declaredNames: [] }

/** Runs a function of the script's globals that are asked for, as compiled code is one of all of them. */
function run(evaluate: CompiledScript['evaluate'], rest: Partial<CompiledScript> = {}) {
  return runCompiledScript({ manifest: MANIFEST, evaluate, files: {}, ...rest })
}

type Pipy = ((variables?: object) => object) & {
  load(path: string): { toString(): string; toArray(): number[] }
  exit(): void
}
type Os = { env: Record<string, string>; readFile(path: string): unknown }

describe('runCompiledScript', () => {
  test('gives the configuration that the script describes', () => {
    expect(run((_, pipy) => (pipy as Pipy)({ _a: 1 })).variables).toEqual({ _a: 1 })
  })

  test('pipy.load gives the files of the module, and no others', () => {
    const files = { 'a.txt': 'ü', b: { base64: 'AP/+' } }
    const load = (path: string) =>
      run((_, pipy) => (pipy as Pipy)({ _d: (pipy as Pipy).load(path) }), { files }).variables as {
        _d: { toArray(): number[] }
      }
    expect(String(load('a.txt')._d)).toBe('ü')
    expect(load('b')._d.toArray()).toEqual([0, 255, 254])
    expect(() => load('toString')).toThrow('Cannot load "toString": there are no files at run time')
  })

  test('os.env has what a process would have of it', () => {
    class Binding {}
    const env = { NAME: 'name', ROUTES: { '/*': 'a:1' }, PORT: 80, LIST: [1], BINDING: new Binding(), fetch: () => 1 }
    const { variables } = run((_, pipy, __, os) => (pipy as Pipy)({ ...(os as Os).env }), { env })
    expect(variables).toEqual({ NAME: 'name', ROUTES: '{"/*":"a:1"}', PORT: '80', LIST: '[1]' })
  })

  test('pipy.exit and os.readFile say that they cannot be used', () => {
    expect(() => run((_, pipy) => (pipy as Pipy).exit())).toThrow('Cannot exit: this runtime cannot end its process')
    expect(() => run((_, __, ___, os) => (os as Os).readFile('/a'))).toThrow(
      'Cannot read file "/a": this runtime has no files',
    )
  })

  test('refuses what is no proxy, and a name that is declared nowhere, with its place', () => {
    expect(() => run(() => 1)).toThrow(expect.objectContaining({ code: 'NOT_A_PROXY' }))
    const manifest = { ...MANIFEST, contextNames: [{ name: '_x', line: 3, column: 4 }] }
    expect(() => run((_, pipy) => (pipy as Pipy)(), { manifest })).toThrow('Cannot resolve name "_x"')
    expect(() => run((_, pipy) => (pipy as Pipy)(), { manifest })).toThrow('at proxy.js:3:4')
  })
})
