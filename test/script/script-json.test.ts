import { describe, expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import { scriptJSON } from '../../src/script/script-json.ts'
import { scriptObject } from '../../src/script/script-object.ts'

describe('JSON of scripts', () => {
  test('decodes and encodes Data', () => {
    expect(scriptJSON.decode(new Data('{"a":[1,{"b":null}]}'))).toMatchObject({ a: [1, { b: null }] })
    expect(scriptJSON.encode({ a: 1 })).toBeInstanceOf(Data)
    expect(scriptJSON.encode({ a: 1, b: 2 }, ['a'], 1)?.toString()).toBe('{\n "a": 1\n}')
    expect(scriptJSON.encode(undefined)).toBeUndefined()
  })

  test.each([['{'], [''], ['undefined'], ["{'a':1}"]])('gives undefined for the invalid text %j', (text) => {
    expect(scriptJSON.parse(text)).toBeUndefined()
    expect(scriptJSON.decode(new Data(text))).toBeUndefined()
  })

  test('gives undefined for bytes that are no UTF-8, and for a file that is missing', () => {
    expect(scriptJSON.decode(new Data([0x22, 0xff, 0x22]))).toBeUndefined()
    expect(scriptJSON.decode(null)).toBeUndefined()
  })

  test('refuses to decode what is no Data', () => {
    expect(() => scriptJSON.decode('{}')).toThrow('Cannot decode JSON: argument #1 expects a Data, got string')
  })

  test('parses and stringifies like the standard one', () => {
    expect(scriptJSON.parse('[1]', (_, value) => (typeof value === 'number' ? value + 1 : value))).toEqual([2])
    expect(scriptJSON.stringify({ a: 1, b: undefined }, null, '-')).toBe('{\n-"a": 1\n}')
  })

  test.each([['constructor'], ['toString'], ['__proto__'], ['hasOwnProperty']])(
    'an object has no %s but its own',
    (key) => {
      const services = scriptJSON.parse('{"a":{}}') as Record<string, Record<string, unknown>>
      expect(services[key]).toBeUndefined()
      expect(services['a']?.[key]).toBeUndefined()
      const own = scriptJSON.parse(`{"${key}":1}`) as Record<string, unknown>
      expect(own[key]).toBe(1)
    },
  )

  test('an object turns into text', () => {
    expect(`${String(scriptJSON.parse('{}'))}`).toBe('[object Object]')
  })

  test('takes a depth that no recursion would stand', () => {
    const depth = 20_000
    let value = scriptJSON.parse('[{"a":'.repeat(depth) + '1' + '}]'.repeat(depth)) as
      | { a: unknown }[]
      | number
      | undefined
    let levels = 0
    for (; Array.isArray(value); levels++) value = value[0]?.a as typeof value
    expect([levels, value]).toEqual([depth, 1])
  })
})

describe('Object of scripts', () => {
  test('instanceof holds for decoded objects, arrays and functions, not for values', () => {
    const decoded = scriptJSON.parse('{"list":[]}') as { list: unknown }
    expect(decoded instanceof scriptObject).toBe(true)
    expect(decoded.list instanceof scriptObject).toBe(true)
    expect(decoded.list).toBeInstanceOf(Array)
    expect((() => 1) instanceof scriptObject).toBe(true)
    expect(
      ([undefined, null, 'a', 1, true] as unknown[]).some((value) => (value as object) instanceof scriptObject),
    ).toBe(false)
  })

  test('has the standard functions', () => {
    expect(scriptObject.entries({ a: 1 })).toEqual([['a', 1]])
    expect(scriptObject.keys(scriptJSON.parse('{"a":1}') as object)).toEqual(['a'])
    expect(new scriptObject()).toEqual({})
    expect(scriptObject.assign({}, { a: 1 })).toEqual({ a: 1 })
  })

  test('fromEntries gives an object that inherits nothing', () => {
    const services = scriptObject.fromEntries([['a', 1]]) as Record<string, unknown>
    expect(services['a']).toBe(1)
    expect(services['constructor']).toBeUndefined()
  })
})
