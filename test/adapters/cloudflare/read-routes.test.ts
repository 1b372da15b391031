import { describe, expect, test } from 'vitest'
import { readRoutes } from '../../../adapters/cloudflare/read-routes.ts'
import { ProxyError } from '../../../src/errors.ts'

describe('readRoutes', () => {
  test.each([
    ['{"/*":"127.0.0.1:8080","/hi/*":"http://127.0.0.1:8081"}'],
    [{ '/*': '127.0.0.1:8080', '/hi/*': 'http://127.0.0.1:8081' }],
  ])('takes %j', (value) => {
    expect(readRoutes(value)).toEqual({ '/*': '127.0.0.1:8080', '/hi/*': 'http://127.0.0.1:8081' })
  })

  test('keeps a pattern that is named like what objects have', () => {
    expect(Object.keys(readRoutes('{"__proto__/*":"a:1"}'))).toEqual(['__proto__/*'])
  })

  test.each([
    [undefined, 'Cannot read ROUTES: it is not set'],
    ['{"/*":', 'Cannot read ROUTES "{"/*":": it is no JSON ('],
    ['', 'Cannot read ROUTES "": it is no JSON ('],
    ['"/*"', 'Cannot read ROUTES ""/*"": it is no object'],
    ['null', 'Cannot read ROUTES "null": it is no object'],
    [['a:1'], 'Cannot read ROUTES ["a:1"]: it is no object'],
    [8080, 'Cannot read ROUTES 8080: it is no object'],
    ['{}', 'Cannot read ROUTES "{}": it has no route'],
    ['{"hi":"a:1"}', 'Cannot read ROUTES "{"hi":"a:1"}": Cannot add route "hi": invalid URL pattern'],
    ['{"/*":"nowhere"}', 'Cannot read ROUTES "{"/*":"nowhere"}": '],
    ['{"/*":"http://a/b"}', 'Cannot read ROUTES "{"/*":"http://a/b"}": Cannot read target "http://a/b"'],
    ['{"/*":8080}', 'Cannot read ROUTES "{"/*":8080}": the target of "/*" is 8080 and no text'],
    ['{"/*":null}', 'Cannot read ROUTES "{"/*":null}": the target of "/*" is null and no text'],
  ])('refuses %j', (value, text) => {
    const error = errorOf(() => readRoutes(value))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', status: 500 })
    expect(error.message.slice(0, text.length)).toBe(text)
    expect(error.message).toContain('expected targets by URL pattern, as in {"/*":"127.0.0.1:8080"')
  })

  test('names the variable that it was read from, and quotes a long value in part', () => {
    const { message } = errorOf(() => readRoutes('x'.repeat(10_000), 'UPSTREAMS'))
    expect(message).toMatch(/^Cannot read UPSTREAMS "x{199}…: it is no JSON/)
    expect(message.length).toBeLessThan(600)
  })
})

function errorOf(read: () => unknown): ProxyError {
  try {
    read()
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error('Cannot tell the error: there was none')
}
