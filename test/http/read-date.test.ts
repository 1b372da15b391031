import { describe, expect, test } from 'vitest'
import { readDate } from '../../src/http/read-date.ts'
import { seededRandom } from '../support/seeded-random.ts'

describe('readDate', () => {
  test.each([
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_777_000],
    ['Tue, 29 Feb 2000 23:59:59 GMT', 951_868_799_000],
    ['Wed, 31 Dec 1969 23:59:59 GMT', -1000],
  ])('reads %s', (text, expected) => {
    expect(readDate(text)).toBe(expected)
  })

  test('reads any date as the language does', () => {
    const random = seededRandom(1)
    for (let i = 0; i < 1000; i++) {
      const date = new Date(1000 * Math.floor(random() * 8e9 - 2e9))
      expect(readDate(date.toUTCString())).toBe(date.getTime())
    }
  })

  test.each([
    '',
    '120',
    '06 Nov 1994',
    'Sun, 06 Nov 1994 08:49:37',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun, 06 Nix 1994 08:49:37 GMT',
  ])('reads no date in "%s"', (text) => {
    expect(readDate(text)).toBeUndefined()
  })
})
