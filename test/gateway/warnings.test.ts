import { expect, test } from 'vitest'
import { gateway, type GatewayRoute } from 'sluice/gateway'

const warningsOf = (...routes: readonly Partial<GatewayRoute>[]): string[] =>
  gateway({ listen: 0, routes: routes.map((route) => ({ answer: {}, ...route })) }).plan.warnings.map(
    ({ text }) => text,
  )

test('a route that another one hides is warned about', () => {
  expect(warningsOf({ name: 'all', path: '/x/*', priority: 1 }, { name: 'one', path: '/x/y', method: 'GET' })).toEqual([
    'no request reaches "one" (GET /x/y): "all" (/x/*) comes first and takes all of its requests',
  ])
  expect(warningsOf({ name: 'a', host: '*.example' }, { name: 'b', host: '*.example' })).toHaveLength(1)
  expect(warningsOf({ method: ['GET', 'POST'] }, { method: 'GET' })).toHaveLength(1)
  expect(warningsOf({ path: '/:a' }, { path: '/:b' })).toHaveLength(1)
  expect(warningsOf({ priority: 1, query: { v: '1' } }, { query: { v: '1', w: true } })).toHaveLength(1)
})

test('two routes of which only their order tells who gets a request are warned about', () => {
  expect(
    warningsOf({ name: 'a', path: '/x', header: { v: true } }, { name: 'b', path: '/x', header: { w: true } }),
  ).toEqual([
    '"b" (/x with w) and "a" (/x with v) take some of the same requests, and nothing but their order in the ' +
      'configuration says that the latter gets them; set a priority',
  ])
})

test.each<[string, readonly Partial<GatewayRoute>[]]>([
  ['an exact path and a prefix', [{ path: '/x' }, { path: '/x/*' }]],
  [
    'other methods',
    [
      { path: '/x', method: 'GET' },
      { path: '/x', method: 'POST' },
    ],
  ],
  ['other hosts', [{ host: 'a.example' }, { host: 'b.example' }]],
  ['a field with other values', [{ header: { v: '1' } }, { header: { v: '2' } }]],
  ['a parameter with other values', [{ query: { v: '1' } }, { query: { v: '2' } }]],
  ['a parameter that is there and not', [{ query: { v: true } }, { query: { v: false } }]],
  ['a field that is there and not', [{ header: { v: true } }, { header: { v: false } }]],
  ['paths that differ', [{ path: '/:a/x' }, { path: '/:a/y' }]],
  [
    'a priority',
    [
      { path: '/x', header: { v: true }, priority: 1 },
      { path: '/x', header: { w: true } },
    ],
  ],
  ['a regex that nobody can compare', [{ path: { regex: '/a' } }, { path: { regex: '/b' } }]],
])('nothing is said about %s', (_, routes) => expect(warningsOf(...routes)).toEqual([]))

test('a service that no route leads to is warned about', () => {
  const { warnings } = gateway({ listen: 0, services: { idle: '127.0.0.1:1' }, default: { answer: {} } }).plan
  expect(warnings.map(({ text }) => text)).toEqual(['no route leads to service "idle"'])
})
