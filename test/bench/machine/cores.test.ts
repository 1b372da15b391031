import { expect, test } from 'vitest'
import { parseCoreList } from './cores.ts'

test('parseCoreList reads numbers and ranges', () => {
  expect(parseCoreList('0-2,5')).toEqual([0, 1, 2, 5])
  expect(parseCoreList('3')).toEqual([3])
  expect(parseCoreList('')).toEqual([])
})
