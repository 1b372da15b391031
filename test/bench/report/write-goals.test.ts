import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { replaceGoals } from './write-goals.ts'

describe('replaceGoals', () => {
  test('replaces what stands between the marks, again and again', () => {
    const page = 'before\n<!-- goals:begin -->\nold\n<!-- goals:end -->\nafter\n'
    const once = replaceGoals(page, 'new')
    expect(once).toBe('before\n<!-- goals:begin -->\n\nnew\n\n<!-- goals:end -->\nafter\n')
    expect(replaceGoals(once, 'new')).toBe(once)
  })

  test('refuses a page without marks', () => {
    expect(() => replaceGoals('<!-- goals:end -->\n<!-- goals:begin -->\n', '')).toThrow('Cannot write the goals')
  })

  test('finds the marks in README.md', () => {
    const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(replaceGoals(page, 'the table')).toContain('\n\nthe table\n\n')
  })
})
