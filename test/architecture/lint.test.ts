/** The linter's settings are shown code that breaks them: a rule that was switched off or renamed would say nothing. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT_FOLDER } from './source-tree.ts'

/** What each rule is about, and where. */
const BAD_LINES: readonly (readonly [rule: string, path: string, line: string])[] = [
  ['typescript(no-floating-promises)', 'src/a.ts', 'Promise.resolve(1)'],
  ['typescript(await-thenable)', 'src/b.ts', 'export const b = await 1'],
  ['eslint(no-empty)', 'src/c.ts', 'try { JSON.parse("") } catch {}'],
  ['typescript(only-throw-error)', 'src/d.ts', 'export const d = () => { throw "d" }'],
  ['typescript(prefer-promise-reject-errors)', 'src/e.ts', 'export const e = () => Promise.reject("e")'],
  ['typescript(no-explicit-any)', 'src/f.ts', 'export const f = (x: any) => x'],
  ['typescript(no-non-null-assertion)', 'test/g.ts', 'export const g = (x?: string) => x!.length'],
  ['typescript(ban-ts-comment)', 'test/h.ts', '// @ts-ignore'],
  ['typescript(consistent-type-imports)', 'src/i.ts', 'import { I } from "./types.ts"; export const i: I = 1'],
  ['typescript(no-import-type-side-effects)', 'src/j.ts', 'import { type I } from "./types.ts"; export const j: I = 1'],
  ['eslint(no-eval)', 'src/k.ts', 'export const k = eval("1")'],
  ['typescript(no-implied-eval)', 'src/l.ts', 'export const l = new Function("return 1")'],
  ['eslint(eqeqeq)', 'adapters/m.ts', 'export const m = (x: unknown) => x == 1'],
  ['eslint(no-var)', 'src/t.ts', 'export var t = 1'],
  ['eslint(no-control-regex)', 'src/u.ts', 'export const u = /\\x00/'],
  ['eslint(prefer-const)', 'src/n.ts', 'let n = 1; export { n }'],
  ['unicorn(prefer-node-protocol)', 'adapters/o.ts', 'import "fs"'],
  ['import(no-default-export)', 'src/p.ts', 'export default 1'],
  ['eslint(no-console)', 'src/q.ts', 'console.log(1)'],
  ['vitest(no-focused-tests)', 'test/r.test.ts', 'import { test } from "vitest"; test.only("r", () => undefined)'],
  [
    'Unused oxlint-disable directive',
    'src/s.ts',
    '// oxlint-disable-next-line no-console -- nothing is printed\nexport const s = 1',
  ],
]

const GOOD_FILES: Readonly<Record<string, string>> = {
  'src/types.ts': 'export type I = number\n',
  'src/good.ts': 'import type { I } from "./types.ts"\nexport const good: I = await Promise.resolve(1)\n',
  'adapters/good.ts': 'export default 1\nconsole.log(1)\n',
}

describe('the lint settings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-lint-'))
  let report = ''

  beforeAll(() => {
    for (const name of ['.oxlintrc.json', 'tsconfig.base.json']) cpSync(join(PROJECT_FOLDER, name), join(folder, name))
    symlinkSync(join(PROJECT_FOLDER, 'node_modules'), join(folder, 'node_modules'))
    const settings = { extends: './tsconfig.base.json', include: ['**/*.ts'] }
    write('tsconfig.json', JSON.stringify(settings))
    for (const [path, text] of Object.entries(GOOD_FILES)) write(path, text)
    for (const [, path, line] of BAD_LINES) write(path, `${line}\n`)
    report = runLint()
  }, 30_000)

  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(BAD_LINES)('refuse what %s is about', (rule, path) => {
    const lines = report.split('\n').filter((line) => line.startsWith(`${path}:`))
    expect(lines.join('\n')).toContain(rule)
  })

  test('are all shown to work', () => {
    const settings = readFileSync(join(PROJECT_FOLDER, '.oxlintrc.json'), 'utf8')
    const rules = [...settings.matchAll(/"(\w+)\/([\w-]+)": \[?"error"/g)].map(
      ([, plugin, rule]) => `${plugin}(${rule})`,
    )
    expect(BAD_LINES.map(([rule]) => rule)).toEqual(expect.arrayContaining(rules))
  })

  test('refuse nothing else', () => {
    for (const path of Object.keys(GOOD_FILES)) expect(report).not.toContain(path)
  })

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }

  function runLint(): string {
    const program = join(PROJECT_FOLDER, 'node_modules/oxlint/bin/oxlint')
    const programArguments = [program, '--format', 'unix', 'src', 'adapters', 'test']
    try {
      execFileSync(process.execPath, programArguments, { cwd: folder, encoding: 'utf8', timeout: 30_000 })
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
    throw new Error('Cannot test the lint settings: oxlint found nothing')
  }
})
