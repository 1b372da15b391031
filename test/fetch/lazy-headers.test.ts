import { describe, expect, test } from 'vitest'
import { LazyHeaders } from '../../src/fetch/lazy-headers.ts'

const CAME = new Headers([
  ['b', '1'],
  ['a', '2'],
  ['a', '3'],
  ['set-cookie', 'x=1'],
  ['set-cookie', 'y=2'],
  ['te', 'trailers'],
])
const SHOWN = { host: 'a.test', te: undefined }
const WHOLE = { host: 'a.test', a: '2, 3', b: '1', 'set-cookie': ['x=1', 'y=2'] }

function open() {
  const lazy = new LazyHeaders(new Headers(CAME), SHOWN)
  return { lazy, headers: lazy.object }
}

describe('LazyHeaders', () => {
  test('shows what a plain object of the fields would', () => {
    const { lazy, headers } = open()
    expect([headers.host, headers['a'], headers['te'], headers['c']]).toEqual(['a.test', '2, 3', undefined, undefined])
    expect(headers['set-cookie']).toEqual(['x=1', 'y=2'])
    expect({ ...headers }).toEqual(WHOLE)
    expect(JSON.parse(JSON.stringify(headers))).toEqual(WHOLE)
    expect(['a' in headers, 'te' in headers, Object.hasOwn(headers, 'host')]).toEqual([true, false, true])
    expect(Object.keys(headers).toSorted()).toEqual(['a', 'b', 'host', 'set-cookie'])
    expect(lazy.isUnchanged).toBe(true)
  })

  test('knows names that objects have, and names that no field can have, only when they came', () => {
    const { headers } = open()
    const of = headers as Record<string, unknown>
    expect([of['constructor'], of['toString'], of['A'], of['a b'], of['__proto__']]).toEqual(Array(5).fill(undefined))
  })

  test.each([
    ['set', (headers: Record<string, unknown>) => (headers['new'] = '1'), { ...WHOLE, new: '1' }],
    ['replaced', (headers: Record<string, unknown>) => (headers['a'] = '1'), { ...WHOLE, a: '1' }],
    [
      'deleted',
      (headers: Record<string, unknown>) => delete headers['b'],
      { host: 'a.test', a: '2, 3', 'set-cookie': ['x=1', 'y=2'] },
    ],
    [
      'added to a list',
      (headers: Record<string, unknown>) => (headers['set-cookie'] as string[]).push('z'),
      { ...WHOLE, 'set-cookie': ['x=1', 'y=2', 'z'] },
    ],
    [
      'defined',
      (headers: Record<string, unknown>) => Object.defineProperty(headers, 'd', { value: '4', enumerable: true }),
      { ...WHOLE, d: '4' },
    ],
  ])('tells that something was changed: %s', (_, change, whole) => {
    const { lazy, headers } = open()
    void headers['b']
    change(headers)
    expect(lazy.isUnchanged).toBe(false)
    expect({ ...headers }).toEqual(whole)
  })
})
