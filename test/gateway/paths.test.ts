import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillPathTemplate } from '../../src/gateway/fill-path-template.ts'
import { readHostPattern } from '../../src/gateway/host-pattern.ts'
import { matchHost } from '../../src/gateway/match-host.ts'
import { matchPath } from '../../src/gateway/match-path.ts'
import { normalizePath } from '../../src/gateway/normalize-path.ts'
import { type PathCondition, readPathPattern } from '../../src/gateway/path-pattern.ts'
import { requestHost } from '../../src/gateway/request-host.ts'
import { rewritePath } from '../../src/gateway/rewrite-path.ts'

const fit = (condition: PathCondition, path: string): Record<string, string> | undefined => {
  const pattern = readPathPattern(condition)
  if (typeof pattern === 'string') throw new Error(pattern)
  const parameters = matchPath(pattern, path)
  return parameters === undefined ? undefined : { ...parameters }
}

describe('matchPath', () => {
  test.each<[PathCondition, string, Record<string, string> | undefined]>([
    ['/', '/', {}],
    ['/', '/x', undefined],
    ['/x', '/x', {}],
    ['/x', '/X', undefined],
    ['/x', '/x/', undefined],
    ['/x/', '/x/', {}],
    ['/x/', '/x', undefined],
    ['/*', '/', { '*': '' }],
    ['/*', '/x/y', { '*': 'x/y' }],
    ['/x/*', '/x', { '*': '' }],
    ['/x/*', '/x/', { '*': '' }],
    ['/x/*', '/x//y', { '*': '/y' }],
    ['/x/*', '/xy', undefined],
    ['/x/*', '/', undefined],
    ['/users/:id', '/users/7', { id: '7' }],
    ['/users/:id', '/users/', undefined],
    ['/users/:id', '/users', undefined],
    ['/users/:id', '/users/7/x', undefined],
    ['/users/:id/*', '/users/7', { id: '7', '*': '' }],
    ['/:a/:b/*', '/1/2/3/4', { a: '1', b: '2', '*': '3/4' }],
    ['/:__proto__', '/x', Object.assign(Object.create(null), { ['__proto__']: 'x' })],
    ['/*', '*', undefined],
    ['//*', '/a', undefined],
    ['//*', '//a', { '*': 'a' }],
    [{ regex: '/v(?<version>\\d+)/.*' }, '/v12/x', { version: '12' }],
    [{ regex: '/v\\d+' }, '/v1/x', undefined],
    [{ regex: '/a|/b' }, '/bc', undefined],
  ])('%j takes %j as %j', (condition, path, parameters) => {
    expect(fit(condition, path)).toEqual(parameters === undefined ? undefined : { ...parameters })
  })

  test('takes exactly what a slow reading of the pattern takes', () => {
    const segment = fc.constantFrom('a', 'b', '', ':x', 'ab')
    const names = fc.array(fc.constantFrom('a', 'b', '', 'ab'), { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 3 }), fc.boolean(), names, (segments, isPrefix, path) => {
        const unique = segments.map((name, i) => (name === ':x' ? `:x${i}` : name))
        const pattern = `/${[...unique, ...(isPrefix ? ['*'] : [])].join('/')}`
        const text = `/${path.join('/')}`
        const source = unique.map((name) => `/${name.startsWith(':') ? '[^/]+' : name}`).join('')
        const rest = isPrefix ? '(?:/.*)?' : unique.length === 0 ? '/' : ''
        expect(fit(pattern, text) !== undefined, `${pattern} ${text}`).toBe(new RegExp(`^${source}${rest}$`).test(text))
      }),
    )
  })
})

test.each([
  ['x', 'expected a path that begins with "/"'],
  ['/x?y', 'a query is not looked at; leave it out'],
  ['/x*', 'a "*" is the whole last segment, as in "/path/*"'],
  ['/*/x', 'a "*" is the whole last segment, as in "/path/*"'],
  ['/a/../b', 'a segment ".." is resolved before paths are compared'],
  ['/:', 'expected a name behind the ":" of segment ":"'],
  ['/:a/:a', 'parameter ":a" stands in it twice'],
  ['/ü', 'expected it percent-encoded, as it is in requests'],
])('readPathPattern refuses %j', (text, problem) => expect(readPathPattern(text)).toBe(problem))

describe('normalizePath', () => {
  test.each([
    ['/%61dmin', '/admin'],
    ['/a/../admin', '/admin'],
    ['/a/%2e%2E/admin', '/admin'],
    ['/../../x', '/x'],
    ['/a/.', '/a/'],
    ['/a/..', '/'],
    ['/a/.../b', '/a/.../b'],
    ['/.hidden', '/.hidden'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%00%zz%', '/a%00%zz%'],
    ['//a', '//a'],
    ['*', '*'],
  ])('makes %j %j', (path, normal) => expect(normalizePath(path)).toBe(normal))

  test('changes nothing that it has made, and leaves no dot segment', () => {
    const piece = fc.constantFrom('.', '..', '%2e', '%2E%2e', 'a', '', '%41', '%2F', '%', '%25')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const normal = normalizePath(`/${pieces.join('/')}`)
        expect(normalizePath(normal)).toBe(normal)
        expect(normal.split('/').filter((name) => name === '.' || name === '..')).toEqual([])
        expect(normal.startsWith('/')).toBe(true)
      }),
    )
  })
})

test.each([
  ['/v2/:id/*', '/v2/7/a/b'],
  ['/*', '/a/b'],
  ['https://new.example/:id', 'https://new.example/7'],
  ['/:none/x', '/x'],
])('fillPathTemplate makes %j %j', (template, path) => {
  expect(fillPathTemplate(template, { id: '7', '*': 'a/b' })).toBe(path)
})

test('fillPathTemplate leads no browser to a host that a path names', () => {
  expect(fillPathTemplate('/*', { '*': '/evil.example' })).toBe('/evil.example')
  expect(fillPathTemplate('/*', { '*': '\\evil.example' })).toBe('/%5Cevil.example')
})

test.each([
  ['/api/x', { stripPrefix: '/api' }, '/x'],
  ['/api', { stripPrefix: '/api' }, '/'],
  ['/api/', { stripPrefix: '/api' }, '/'],
  ['/apis', { stripPrefix: '/api' }, '/apis'],
  ['/api//x', { stripPrefix: '/api' }, '/x'],
  ['/x', { addPrefix: '/v2' }, '/v2/x'],
  ['/api/x', { stripPrefix: '/api', addPrefix: '/v2' }, '/v2/x'],
  ['*', { addPrefix: '/v2' }, '*'],
])('rewritePath makes %j with %j %j', (path, rewrite, expected) =>
  expect(rewritePath(path, rewrite, {})).toBe(expected),
)

describe('hosts', () => {
  test.each([
    ['example.com', 'EXAMPLE.com:8080', true],
    ['Example.com', 'example.com.', true],
    ['example.com', 'a.example.com', false],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'a.b.example.com', false],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '.example.com', false],
    ['[::1]', '[::1]:80', true],
    ['[::1]', '[::1]', true],
  ])('%s takes %s: %s', (condition, field, isTaken) => {
    const pattern = readHostPattern(condition)
    if (typeof pattern === 'string') throw new Error(pattern)
    expect(matchHost(pattern, requestHost(field))).toBe(isTaken)
  })

  test.each(['*', 'a.*.com', 'a.com:80', 'http://a.com', '', 'a b', '*.*.com', 'a..b'])(
    'readHostPattern refuses %j',
    (text) => {
      expect(readHostPattern(text)).toBeTypeOf('string')
    },
  )
})
