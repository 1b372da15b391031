import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_FOLDER } from './support/project-folder.ts'

const FOLDER = join(PROJECT_FOLDER, 'test', 'end-to-end')
const ROWS = readFileSync(join(FOLDER, 'README.md'), 'utf8').match(/^\| (?!complaint).+ \|$/gm) ?? []

test('each complaint on the page names a suite that exists, or says that there is none', () => {
  expect(ROWS.length).toBeGreaterThan(50)
  for (const row of ROWS) {
    const files = [...row.matchAll(/\]\(([^)]+)\)/g)].map(([, file = '']) => file)
    if (files.length === 0) expect(row).toMatch(/not (?:built|tested)/)
    for (const file of files) expect([row, file, existsSync(join(FOLDER, file))]).toEqual([row, file, true])
  }
})

test('each suite of faults stands on the page', () => {
  for (const file of readdirSync(join(FOLDER, 'field-faults'))) {
    expect(
      ROWS.some((row) => row.includes(`(field-faults/${file})`)),
      file,
    ).toBe(true)
  }
})
