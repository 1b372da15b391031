import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { URLRouter } from '../../src/algorithms/url-router.ts'

describe('URLRouter with the rules of the Pipy reference', () => {
  const router = new URLRouter({
    '/*': 'ROOT',
    '/': 'SLASH',
    '/hi/*': 'HI',
    '/exact': 'EX',
    'foo.com/*': 'FOO',
    'foo.com/x': 'FOOX',
    '*.foo.com/*': 'WFOO',
    '*.bar.org/only': 'WBAR',
  })

  test.each([
    [['localhost:8000', '/'], 'SLASH'],
    [['/hi/x/y?z=/q'], 'HI'],
    [['/hit'], 'ROOT'],
    [['/exact?x=1'], 'EX'],
    [['foo.com', '/x'], 'FOOX'],
    [['foo.com:80', '/y'], 'FOO'],
    [['a.foo.com', '/q'], 'WFOO'],
    [['a.b.foo.com', '/q'], 'ROOT'],
    [['x.bar.org', '/only'], 'WBAR'],
    [['x.bar.org', '/other'], 'ROOT'],
    [[undefined, '/hi/1'], 'HI'],
    [['h', ''], 'SLASH'],
    // Prefixes are whole segments.
    [['h', '/hi'], 'HI'],
    [['h', '/hi/'], 'HI'],
    [['h', '/hi?q'], 'HI'],
    [['h', '/exact/'], 'ROOT'],
    // A host without a dot has no label for the wildcard, and a dot without a label before it is none.
    [['foo', '/q'], 'ROOT'],
    [['.foo.com', '/q'], 'ROOT'],
  ])('find(%j) gives %s', (segments, expected) => {
    expect(router.find(...(segments as []))).toBe(expected)
  })

  test.each([
    ['FOO.com', '/x', 'FOOX'],
    ['Foo.Com:8080', '/y', 'FOO'],
    ['a.FOO.com', '/q', 'WFOO'],
  ])('finds host %s without regard to case', (host, path, expected) => {
    expect(router.find(host, path)).toBe(expected)
  })
})

describe('URLRouter.find', () => {
  test('joins its pieces with exactly one slash and skips missing ones', () => {
    const router = new URLRouter({ 'h/a/b': 'AB', '/a/b': 'NO HOST' })
    for (const pieces of [
      ['h', '/a', '/b'],
      ['h', 'a', 'b'],
      ['h/', '/a/', '/b'],
      ['h', 'a/b'],
      [null, 'h/a', undefined, 'b'],
      ['', 'h/a/b'],
    ]) {
      expect([pieces, router.find(...(pieces as []))]).toEqual([pieces, 'AB'])
    }
    expect(router.find(null, '/a/b')).toBe('NO HOST')
    expect(router.find('', '/a/b')).toBe('NO HOST')
    expect(router.find('h', '//a/b')).toBeUndefined()
  })

  test('gives undefined when there is no path or no rule fits', () => {
    const router = new URLRouter({ 'h/x': 1 })
    expect([router.find(), router.find('h'), router.find('h', '/y'), router.find('g', '/x')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(new URLRouter().find('h', '/')).toBeUndefined()
  })

  test('goes back to shorter prefixes, and from the host to the rules without one', () => {
    const router = new URLRouter({ '/*': 'any', '/a/b/c/*': 'any abc', 'h/a/*': 'a', 'h/a/b/c/*': 'abc' })
    expect(router.find('h', '/a/b/c/d')).toBe('abc')
    expect(router.find('h', '/a/b/x')).toBe('a')
    expect(router.find('h', '/b')).toBe('any')
    expect(router.find('g', '/a/b/c')).toBe('any abc')
    expect(router.find('g', '/a/b')).toBe('any')
  })

  test('goes from the exact host to the wildcard when none of its paths fits', () => {
    const router = new URLRouter({ 'a.foo.com/x': 'exact', '*.foo.com/*': 'wildcard' })
    expect([router.find('a.foo.com', '/x'), router.find('a.foo.com', '/y')]).toEqual(['exact', 'wildcard'])
  })

  test('ignores the port behind an IPv6 address and keeps the address', () => {
    const router = new URLRouter({ '[::1]/*': 'loopback', '[2001:DB8::1]/*': 'other', '/*': 'any' })
    expect([router.find('[::1]', '/'), router.find('[::1]:8000', '/'), router.find('[2001:db8::1]:1', '/')]).toEqual([
      'loopback',
      'loopback',
      'other',
    ])
    expect(router.find('[::2]:8000', '/')).toBe('any')
  })

  test('looks at a query and at a slash in it not at all', () => {
    const router = new URLRouter({ 'h/a/*': 'a', 'h/a/b/*': 'ab' })
    expect(router.find('h', '/a?/b/')).toBe('a')
    expect(router.find('h', '/a/?/b')).toBe('a')
  })

  test('finds a rule whose value is undefined', () => {
    const router = new URLRouter<string | undefined>({ '/*': 'any', '/none/*': undefined, '/never': undefined })
    expect([router.find('h', '/none/x'), router.find('h', '/never'), router.find('h', '/x')]).toEqual([
      undefined,
      undefined,
      'any',
    ])
  })

  test('stops at the first empty segment, as Pipy does', () => {
    const router = new URLRouter({ '/*': 'any', '/a/*': 'a', '/a/b/*': 'ab' })
    expect([router.find('h', '/a//b'), router.find('h', '//a')]).toEqual(['a', 'any'])
  })

  test('gives values as they are', () => {
    const value = { weights: [1] }
    expect(new URLRouter({ '/*': value }).find('h', '/')).toBe(value)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('finds no %s that no rule names', (name) => {
    const router = new URLRouter({ 'h/a/*': 1, '*.h/a': 2 })
    expect([router.find(name, `/${name}`), router.find('h', `/${name}`), router.find(`${name}.h`, '/b')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    const named = new URLRouter<number>()
    named.add(`${name}/${name}/*`, 3)
    expect(named.find(name.toLowerCase(), `/${name}/x`)).toBe(3)
  })
})

describe('URLRouter.add', () => {
  test('replaces the rule with the same pattern', () => {
    const router = new URLRouter({ '/a/*': 1, '/b': 1, 'h.com/*': 1, '*.h.com/*': 1 })
    for (const pattern of ['/a/*', '/b', 'H.com/*', '*.H.com/*']) router.add(pattern, 2)
    expect([
      router.find('', '/a'),
      router.find('', '/b'),
      router.find('h.com', '/'),
      router.find('a.h.com', '/'),
    ]).toEqual([2, 2, 2, 2])
  })

  test('ignores empty segments of a prefix but not of an exact path', () => {
    const router = new URLRouter({ '/a//b/*': 'prefix', '/c//d': 'exact' })
    expect([router.find('h', '/a/b/c'), router.find('h', '/c//d'), router.find('h', '/c/d')]).toEqual([
      'prefix',
      'exact',
      undefined,
    ])
  })

  test.each([
    ['no-path', 'invalid URL pattern'],
    ['', 'invalid URL pattern'],
    ['h:80/*', 'invalid URL pattern, expected a host without a port'],
    [':/*', 'invalid URL pattern'],
    ['::1/*', 'invalid URL pattern'],
    ['[::1]:80/*', 'invalid URL pattern'],
    ['*/*', 'a host "*" fits nothing; leave the host out for any host'],
    ['*./*', 'a "*" in a host is its whole first label'],
    ['a*.com/*', 'a "*" in a host is its whole first label'],
    ['a.*.com/*', 'a "*" in a host is its whole first label'],
    ['*.*.com/*', 'a "*" in a host is its whole first label'],
    ['/a/*/b/*', 'a "*" in a path is its whole last segment'],
    ['/a/*/b', 'a "*" in a path is its whole last segment'],
    ['/a*', 'a "*" in a path is its whole last segment'],
    ['/*.js', 'a "*" in a path is its whole last segment'],
    ['/a?b', 'a query is not looked at'],
    [undefined as unknown as string, 'invalid URL pattern'],
  ])('refuses %j', (pattern, state) => {
    const add = (): void => new URLRouter<number>().add(pattern, 1)
    expect(add).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(add).toThrow(`Cannot add route "${String(pattern)}": ${state}`)
  })
})

describe('URLRouter property', () => {
  const rules = { '/*': 1, '/a/*': 2, '/a/b': 3, 'h.com/*': 4, '*.h.com/a/*': 5 }

  test('no text makes find throw', () => {
    const router = new URLRouter(rules)
    const text = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units))
    const piece = fc.oneof(
      text,
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', '/', ':', '[', ']', '?', '*', '.', null, undefined),
    )
    fc.assert(fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => void router.find(...(pieces as []))))
  })

  test('find agrees with a search through all rules', () => {
    const name = fc.constantFrom('a', 'b', 'c')
    const path = fc.array(name, { maxLength: 4 }).map((names) => `/${names.join('/')}`)
    const host = fc.oneof(
      fc.constant(''),
      fc.array(name, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
    )
    const hostPattern = fc.oneof(
      host,
      fc.array(name, { minLength: 1, maxLength: 2 }).map((labels) => `*.${labels.join('.')}`),
    )
    const pathPattern = fc.oneof(
      path,
      path.map((prefix) => `${prefix === '/' ? '' : prefix}/*`),
    )
    const patterns = fc.uniqueArray(
      fc.tuple(hostPattern, pathPattern).map(([h, p]) => h + p),
      { maxLength: 12, size: 'max' },
    )
    fc.assert(
      fc.property(patterns, host, path, (list, requestHost, requestPath) => {
        const router = new URLRouter(Object.fromEntries(list.map((pattern) => [pattern, pattern])))
        expect(router.find(requestHost, requestPath)).toBe(search(list, requestHost, requestPath))
      }),
      { numRuns: 2_000 },
    )
  })
})

/** The rules in words: particular hosts before general ones; in each the exact path, then the longest prefix. */
function search(patterns: readonly string[], host: string, path: string): string | undefined {
  const hosts = [...new Set([host, host.includes('.') ? host.replace(/^[^.]*/, '*') : host, ''])]
  for (const tier of hosts) {
    const paths = patterns
      .filter((pattern) => pattern.startsWith(`${tier}/`))
      .map((pattern) => pattern.slice(tier.length))
    const exact = paths.find((candidate) => candidate === path)
    const prefixes = paths.filter(
      (candidate) => candidate.endsWith('/*') && `${path}/`.startsWith(candidate.slice(0, -1)),
    )
    const best = exact ?? prefixes.sort((a, b) => b.length - a.length)[0]
    if (best !== undefined) return tier + best
  }
  return undefined
}
