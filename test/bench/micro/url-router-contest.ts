import { RegExpRouter } from 'hono/router/reg-exp-router'
import { TrieRouter } from 'hono/router/trie-router'
import { URLRouter } from '../../../src/algorithms/url-router.ts'
import type { Contest, Contestant } from './contest.ts'

const PREFIXES = ['', '/hi', '/api/users', '/api/orders', '/static/images', '/static', '/login', '/a/b/c']
const PATHS = ['/', '/hi', '/hi/there', '/api/users/17?full=1', '/static/images/logo.png', '/other/path', '/a/b/c/d/e']
const MANY_COUNT = 1000
const MANY_PREFIXES = ['', ...Array.from({ length: MANY_COUNT - 1 }, (_, i) => `/service-${i}`)]
const MANY_PATHS = ['/', '/service-7/a', '/service-500', '/service-998/a/b?c=1', '/service-1000', '/other/path']

/** Finding the target of a path among eight prefixes. */
export function urlRouterContest(): Contest {
  return contest(PREFIXES, PATHS)
}

/** The same among a thousand: it should take no longer. */
export function manyRoutesContest(): Contest {
  return contest(MANY_PREFIXES, MANY_PATHS)
}

/** Finds the number of the longest prefix of a path. */
type Find = (path: string) => number

function contest(prefixes: readonly string[], paths: readonly string[]): Contest {
  const pathsOnly = paths.map((path) => path.replace(/\?.*/, ''))
  return {
    title: `Route, ${prefixes.length} prefixes`,
    contestants: [
      contestant('URLRouter, with host', paths, createUrlRouter(prefixes)),
      contestant('hono RegExpRouter, without host or query', pathsOnly, createHono(new RegExpRouter(), prefixes)),
      contestant('hono TrieRouter, without host or query', pathsOnly, createHono(new TrieRouter(), prefixes)),
    ],
  }
}

function contestant(title: string, paths: readonly string[], find: Find): Contestant {
  return {
    title,
    check: () => paths.map(find),
    run: (count) => {
      let sum = 0
      for (let i = 0; i < count; i++) sum += find(paths[i % paths.length] as string)
      return sum
    },
  }
}

function createUrlRouter(prefixes: readonly string[]): Find {
  const router = new URLRouter(Object.fromEntries(prefixes.map((prefix, i) => [`${prefix}/*`, i])))
  return (path) => router.find('127.0.0.1:8000', path) as number
}

interface HonoRouter {
  add(method: string, path: string, handler: number): void
  match(method: string, path: string): unknown[]
}

/** A router of hono's gives all that match in the order in which they were added: the longest first, as a user would. */
function createHono(router: HonoRouter, prefixes: readonly string[]): Find {
  const longestFirst = [...prefixes.entries()].sort(([, a], [, b]) => b.length - a.length)
  for (const [i, prefix] of longestFirst) router.add('GET', `${prefix}/*`, i)
  return (path) => {
    const [handlers] = router.match('GET', path) as [readonly (readonly [number])[]]
    return handlers[0]?.[0] ?? -1
  }
}
