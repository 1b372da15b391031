import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { replaceGoals } from './write-goals.ts'

describe('replaceGoals', () => {
  test('replaces what stands between the marks, again and again', () => {
    const page = 'before\n<!-- goals:begin -->\nold\n<!-- goals:end -->\nafter\n'
    const once = replaceGoals(page, 'goals', 'new')
    expect(once).toBe('before\n<!-- goals:begin -->\n\nnew\n\n<!-- goals:end -->\nafter\n')
    expect(replaceGoals(once, 'goals', 'new')).toBe(once)
  })

  test('refuses a page without marks', () => {
    expect(() => replaceGoals('<!-- goals:end -->\n<!-- goals:begin -->\n', 'goals', '')).toThrow(
      'Cannot write the table',
    )
  })

  test.each(['goals', 'edge'])('finds the marks of %s in README.md', (name) => {
    const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(replaceGoals(page, name, 'the table')).toContain('\n\nthe table\n\n')
  })
})
