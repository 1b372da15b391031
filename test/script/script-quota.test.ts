import { describe, expect, test } from 'vitest'
import { ScriptQuota } from '../../src/script/script-quota.ts'

describe('ScriptQuota', () => {
  test('is never filled again without options', () => {
    const quota = new ScriptQuota(3)
    expect([quota.consume(2), quota.consume(2), quota.consume(2), quota.initial, quota.current]).toEqual([
      2, 1, 0, 3, 0,
    ])
    void quota.produce(2)
    expect(quota.current).toBe(2)
    void quota.reset()
    expect(quota.current).toBe(3)
  })

  test.each([
    ['in full', {}, { limit: 10, burst: 10, initial: 10, perMs: 2000 }],
    ['by what is produced', { produce: 4 }, { limit: 4, burst: 10, initial: 10, perMs: 2000 }],
    ['up to a maximum', { produce: '1k', max: '2k' }, { limit: 1024, burst: 2048, initial: 10, perMs: 2000 }],
  ])('is filled again %s', (_, options, rule) => {
    expect(new ScriptQuota(10, { per: 2, ...options }).rule).toEqual({ ...rule, refill: 'window' })
  })

  test('takes sizes and times as Pipy writes them', () => {
    expect(new ScriptQuota('100k', { per: '1m' }).rule).toMatchObject({ initial: 102_400, perMs: 60_000 })
  })

  test.each([
    ['text', () => new ScriptQuota('many'), 'the initial value expects a number or a size such as "100k", got "many"'],
    ['nothing', () => new ScriptQuota(undefined), 'the limit is "0"'],
    [
      'another option',
      () => new ScriptQuota(1, { rate: 1 }),
      'unknown option "rate"; the options are produce, per, max, key',
    ],
    ['milliseconds', () => new ScriptQuota(1, { per: '500ms' }), 'per expects a number of seconds'],
    ['no object', () => new ScriptQuota(1, 5), 'expected an object of options, got "5"'],
    ['a key', () => new ScriptQuota(1, { key: 'a' }), 'each process counts for itself'],
  ])('refuses %s', (_, create, message) => {
    expect(create).toThrow(message)
  })
})
