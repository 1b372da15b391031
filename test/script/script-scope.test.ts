import { describe, expect, test } from 'vitest'
import { ScriptScope } from '../../src/script/script-scope.ts'

describe('ScriptScope', () => {
  test('runs an event callback with the event in the given context, and puts back what was there', () => {
    const scope = new ScriptScope()
    const idle = scope.context
    const inner = scope.wrapEventCallback((event: string) => `${event} ${String(scope.context['name'])}`)
    const outer = scope.wrapEventCallback((event: string) => [inner(event, { name: 'b' }), scope.context['name']])
    expect(outer('event in', { name: 'a' })).toEqual(['event in b', 'a'])
    expect(scope.context).toBe(idle)
  })

  test('puts the context back when a callback throws', () => {
    const scope = new ScriptScope()
    const idle = scope.context
    const failing = scope.wrapProvider(() => {
      throw new Error('no')
    })
    expect(() => failing({})).toThrow('no')
    expect(scope.context).toBe(idle)
  })

  test('calls a provider without arguments', () => {
    const scope = new ScriptScope()
    const provide = scope.wrapProvider((...values: unknown[]) => [values.length, scope.context['name']])
    expect(provide({ name: 'a' })).toEqual([0, 'a'])
  })

  test('refuses a variable while no pipeline runs, and tells one that is not declared', () => {
    const scope = new ScriptScope(['_x'])
    expect(() => scope.context['_x']).toThrow('Cannot read "_x": no pipeline is running')
    expect(() => scope.context['__inbound']).toThrow('Cannot read "__inbound": no pipeline is running')
    expect(() => (scope.context['_x'] = 1)).toThrow('Cannot assign to "_x": no pipeline is running')
    expect(() => scope.context['_y']).toThrow('Cannot resolve name "_y": declare it in pipy({ … })')
  })

  test('binds functions to the context that is current, and gives anything else back', () => {
    const scope = new ScriptScope()
    const bound = scope.wrapProvider(() => scope.bind((a: number) => [a, scope.context['name']]))({ name: 'a' })
    expect((bound as (a: number) => unknown)(1)).toEqual([1, 'a'])
    expect(scope.bind(undefined)).toBeUndefined()
    expect(scope.bind('text')).toBe('text')
  })

  test('gives no context to the turn after the one that follows an await', async () => {
    const scope = new ScriptScope()
    const idle = scope.context
    const context = { name: 'a' }
    expect(scope.take(context, { value: 1 })).toBe(1)
    expect(scope.context).toBe(context)
    await Promise.resolve()
    expect(scope.context).toBe(idle)
  })
})
