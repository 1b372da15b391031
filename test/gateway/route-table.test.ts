import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gateway, type GatewayRoute } from 'sluice/gateway'
import { matchRule } from '../../src/gateway/match-rule.ts'
import { readRoutedRequest } from '../../src/gateway/read-routed-request.ts'
import type { RouteTable } from '../../src/gateway/route-table.ts'
import type { RoutedRequest } from '../../src/gateway/routed-request.ts'

type Conditions = Omit<GatewayRoute, 'service' | 'redirect' | 'answer'>

const tableOf = (...routes: readonly Conditions[]): RouteTable =>
  gateway({ listen: 0, routes: routes.map((route) => ({ ...route, answer: {} })) }).plan.table

const request = (text: string, headers: Readonly<Record<string, string>> = {}): RoutedRequest => {
  const [method = '', host = '', target = ''] = text.split(' ')
  const [path = '', search = ''] = target.split('?')
  return { method, host, path, header: (name) => headers[name], query: findIn(search) }
}

function findIn(search: string): RoutedRequest['query'] {
  return (name) => new URLSearchParams(search).get(name) ?? undefined
}

describe('the order of routes', () => {
  test.each<[string, Conditions, Conditions]>([
    ['a priority', { priority: 1 }, { host: 'a.example', path: '/x' }],
    ['an exact host', { host: 'a.example', path: '/*' }, { host: '*.example', path: '/x' }],
    ['a wildcard host', { host: '*.example' }, { path: '/x' }],
    ['an exact path', { path: '/x' }, { path: '/x/*' }],
    ['a text', { path: '/x/*' }, { path: '/:name/y' }],
    ['a parameter', { path: '/x/:id' }, { path: '/x/*' }],
    ['a longer prefix', { path: '/x/y/*' }, { path: '/x/*' }],
    ['any other path', { path: '/*' }, { path: { regex: '/x' } }],
    ['a regex', { path: { regex: '/x' } }, { method: 'GET' }],
    ['a method', { method: 'GET' }, { header: { a: true, b: true } }],
    ['more header conditions', { header: { a: true, b: true } }, { header: { a: true } }],
    ['a header condition', { header: { a: true } }, { query: { a: true, b: true } }],
    ['more conditions for the query', { query: { a: true, b: true } }, { query: { a: true } }],
    ['a condition for the query', { query: { a: true } }, {}],
  ])('has %s first', (_, first, second) => {
    for (const routes of [
      [first, second],
      [second, first],
    ]) {
      const { rules } = tableOf(...routes)
      expect(rules.map(({ index }) => routes[index])).toEqual([first, second])
    }
  })

  test('is that of the configuration when nothing else decides', () => {
    expect(tableOf({ path: '/b' }, { path: '/a' }, { path: '/c' }).rules.map(({ index }) => index)).toEqual([0, 1, 2])
  })
})

const condition = fc.record(
  {
    priority: fc.integer({ min: 0, max: 1 }),
    host: fc.constantFrom('a.example', 'b.example', '*.example', ['a.example', '*.a.example']),
    path: fc.constantFrom('/', '/x', '/x/*', '/:a', '/:a/y', '/x/y', '/*', { regex: '/x.*' }, ['/x/y/*', '/']),
    method: fc.constantFrom('GET', ['GET', 'POST']),
    header: fc.constantFrom({ v: '1' }, { v: true }, { v: false, w: '1' }, { v: { regex: '\\d' } }),
    query: fc.constantFrom({ q: '1' }, { q: true }, { q: false, p: '1' }, { q: { regex: '\\d' } }),
  },
  { requiredKeys: [] },
)
const asked = fc.record({
  method: fc.constantFrom('GET', 'POST', 'HEAD'),
  host: fc.constantFrom('a.example', 'b.example', 'c.example', 'b.a.example', 'other', ''),
  path: fc.constantFrom('/', '/x', '/x/', '/x/y', '/z/y', '/x/y/z', '*'),
  headers: fc.constantFrom({}, { v: '1' }, { v: 'x' }, { w: '1' }),
  search: fc.constantFrom('', 'q=1', 'q=x&p=1', 'p='),
})

describe('RouteTable', () => {
  test('finds the first rule in its order that holds, whatever the hosts', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 1, maxLength: 6 }),
        asked,
        (routes, { headers, search, ...facts }) => {
          const table = tableOf(...(routes as Conditions[]))
          const asking = {
            ...facts,
            header: (name: string) => (headers as Record<string, string>)[name],
            query: findIn(search),
          }
          const expected = table.rules.find((rule) => matchRule(rule, asking) !== undefined)
          expect(table.find(asking)?.rule).toBe(expected)
        },
      ),
    )
  })

  test('chooses the same of several routes in whatever order they stand, if no warning says otherwise', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 2, maxLength: 5 }),
        asked,
        (routes, { headers, search, ...facts }) => {
          const asking = {
            ...facts,
            header: (name: string) => (headers as Record<string, string>)[name],
            query: findIn(search),
          }
          const find = (list: readonly Conditions[]): Conditions | undefined =>
            list[tableOf(...list).find(asking)?.rule.index ?? -1]
          const given = routes as Conditions[]
          const plan = gateway({ listen: 0, routes: given.map((route) => ({ ...route, answer: {} })) }).plan
          fc.pre(plan.warnings.length === 0)
          expect(find(given.toReversed())).toBe(find(given))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('never gives a request to a route that a warning calls out of reach', () => {
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 2, maxLength: 5 }),
        asked,
        (routes, { headers, search, ...facts }) => {
          const names = routes.map((route, i) => ({ ...(route as Conditions), name: `r${i}`, answer: {} }))
          const { table, warnings } = gateway({ listen: 0, routes: names }).plan
          const found = table.find({
            ...facts,
            header: (name) => (headers as Record<string, string>)[name],
            query: findIn(search),
          })
          if (found === undefined) return
          const alternatives = table.rules.filter(({ index }) => index === found.rule.index).length
          const isCalledOut = warnings.some(
            ({ index, text }) => index === found.rule.index && text.startsWith('no request'),
          )
          expect(isCalledOut && alternatives === 1).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('has conditions for the query of a request: its first values, decoded as those of a URL', () => {
    const { table } = gateway({
      listen: 0,
      routes: [
        { query: { q: 'a b' }, answer: {} },
        { query: { debug: true }, answer: {} },
        { query: { page: { regex: '\\d+' } }, answer: {} },
        { path: '/old', query: { v: false }, answer: {} },
      ],
    }).plan
    const find = (path: string): number | undefined =>
      table.find(readRoutedRequest({ method: 'GET', path, headers: { host: 'a' } }))?.rule.index
    expect(['/?q=a+b', '/?q=a%20b', '/?x=1&q=a%20b'].map(find)).toEqual([0, 0, 0])
    expect(['/?q=a+b&q=c', '/?q=c&q=a+b', '/?Q=a+b', '/?%71=a+b'].map(find)).toEqual([0, undefined, undefined, 0])
    expect(['/?debug', '/?debug=', '/?debug=1&debug', '/?debugging', '/'].map(find)).toEqual([
      1,
      1,
      1,
      undefined,
      undefined,
    ])
    expect(['/?page=12', '/?page=', '/?page=1x', '/?page=%zz'].map(find)).toEqual([2, undefined, undefined, undefined])
    expect(['/old', '/old?', '/old?v', '/old?w'].map(find)).toEqual([3, 3, undefined, 3])
  })

  test('decodes a query as URL does, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, value) => {
        const url = new URL('http://a/')
        url.searchParams.append(name, value)
        const { query } = readRoutedRequest({ method: 'GET', path: `/${url.search}`, headers: {} })
        expect(query(name)).toBe(url.searchParams.get(name))
      }),
    )
    expect(readRoutedRequest({ method: 'GET', path: '/', headers: {} }).query('')).toBeUndefined()
  })

  test('has conditions for the fields of a request', () => {
    const table = tableOf(
      { header: { 'X-Version': '2' } },
      { header: { 'x-debug': true } },
      { header: { accept: { regex: '.*json.*' } } },
    )
    const find = (headers: Record<string, string>): number | undefined =>
      table.find(request('GET a /', headers))?.rule.index
    expect(find({ 'x-version': '2' })).toBe(0)
    expect(find({ 'x-version': '22' })).toBeUndefined()
    expect(find({ 'x-debug': '' })).toBe(1)
    expect(find({ accept: 'text/json' })).toBe(2)
  })
})
