import { expect, test } from 'vitest'
import { uuid } from '../../src/algorithms/uuid.ts'

test('uuid gives another version 4 text each time', () => {
  const made = Array.from({ length: 100 }, () => uuid())
  expect(new Set(made).size).toBe(100)
  for (const text of made) expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
