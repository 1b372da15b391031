import { expect, test } from 'vitest'
import { isPipyScript } from '../../src/script/is-pipy-script.ts'

test.each([
  ['an expression', 'pipy().listen(8000)', true],
  ['an expression with methods named import and export', "pipy()\n.import({ a: 'b' })\n.export('b', {})", true],
  ['a #! line', '#!/usr/bin/env pipy\npipy()', true],
  ['words in strings and comments', '/*\nimport x\n*/ pipy({ a: "\\\nexport" })', true],
  ['an import', "import { pipy } from 'sluice'\npipy()", false],
  ['an import for its effect', "import 'sluice'", false],
  ['a default export', 'export default pipy()', false],
  ['a re-export', "export * from './proxy.js'", false],
  ['an expression with a syntax error', 'pipy().listen(', true],
  ['an expression with a syntax error and methods named export', "pipy()\n.export('b', {", true],
  ['a module with a syntax error', "import { pipy } from 'sluice'\npipy().listen(", false],
  ['a TypeScript module', 'export const a: number = 1', false],
])('isPipyScript judges %s', (_, source, expected) => {
  expect(isPipyScript(source)).toBe(expected)
})
