import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FEATURES } from '../features.ts'
import { RUNTIMES } from '../runtimes.ts'
import { splitPage } from './readme-table.ts'

const HOW = 'run "node_modules/.bin/node test/runtimes/write-table.ts"'

test('the table in README.md has a row for each feature and a column for each runtime', () => {
  const [, table] = splitPage()
  const [head = '', , ...lines] = table.split('\n').filter((line) => line.startsWith('|'))
  const cells = (line: string): string[] => line.split(' | ').map((cell) => cell.replace(/^\| ?| \|$/g, '').trim())
  expect(cells(head).slice(1), HOW).toEqual(RUNTIMES)
  expect(
    lines.map((line) => cells(line)[0]),
    HOW,
  ).toEqual(FEATURES)
})

test('each runtime of the table has a test file', () => {
  const folder = new URL('..', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))
  const texts = files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('')
  expect(RUNTIMES.filter((name) => !texts.includes(`'${name}'`))).toEqual([])
  expect(files.length).toBe(RUNTIMES.length)
})
