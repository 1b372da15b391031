import { compileFunction } from 'node:vm'
import { expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { locate } from '../../src/script/locate.ts'
import { rewriteScript } from '../../src/script/rewrite-script.ts'

const FILE = '/srv/a (b)/proxy.js'

function failureOf(source: string, context: object): { location: unknown; error: Error } {
  const script = rewriteScript(source, { file: FILE })
  const run = compileFunction(script.code, [...script.parameterNames], { filename: FILE }) as (
    ...values: unknown[]
  ) => () => void
  try {
    run({ context })()
  } catch (error) {
    return { location: locate(script, error), error: error as Error }
  }
  throw new Error('The script did not fail')
}

test('locate gives the line and column that the script was written with', () => {
  const { location } = failureOf('() => (\n  _x +\n  [_y, _z.a.b]\n)', { _z: {} })
  expect(location).toEqual({ file: FILE, line: 3, column: 13 })
})

test('locate gives the column in the first line, where the code begins later', () => {
  const { location } = failureOf('() => _a.b.c', { _a: {} })
  expect(location).toEqual({ file: FILE, line: 1, column: 12 })
})

test('locate gives the place of the call when a variable is no function', () => {
  const { location } = failureOf('() =>\n  1 + _f(2)', {})
  expect(location).toMatchObject({ line: 2, column: 9 })
})

test('locate looks into the causes of an error, the deepest first', () => {
  const script = rewriteScript('1', { file: FILE })
  const { error } = failureOf('() =>\n  _x.y', {})
  const wrapped = new ProxyError('CALLBACK_FAILED', 'Cannot run', { cause: new Error('outer', { cause: error }) })
  expect(locate(script, wrapped)).toMatchObject({ line: 2 })
})

test('locate takes the location that an error has', () => {
  const location = { file: FILE, line: 7, column: 8 }
  const script = rewriteScript('1', { file: FILE })
  expect(locate(script, new ProxyError('SCRIPT_FAILED', 'No', { location }))).toBe(location)
})

test('locate gives undefined for an error of another file, and for what is no error', () => {
  const script = rewriteScript('1', { file: FILE })
  expect(locate(script, new Error(`${FILE}:1:1`))).toBeUndefined()
  expect(locate(script, 'text')).toBeUndefined()
})
