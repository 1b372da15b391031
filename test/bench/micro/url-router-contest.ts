import { RegExpRouter } from 'hono/router/reg-exp-router'
import { TrieRouter } from 'hono/router/trie-router'
import { URLRouter } from '../../../src/algorithms/url-router.ts'
import type { Contest } from './contest.ts'

const PREFIXES = ['', '/hi', '/api/users', '/api/orders', '/static/images', '/static', '/login', '/a/b/c']
const PATHS = ['/', '/hi', '/hi/there', '/api/users/17?full=1', '/static/images/logo.png', '/other/path', '/a/b/c/d/e']

/** Finding the target of a path among eight prefixes. */
export function urlRouterContest(): Contest {
  return {
    title: `Route, ${PREFIXES.length} prefixes`,
    contestants: [
      { title: 'URLRouter, with host', run: findInUrlRouter() },
      { title: 'hono RegExpRouter, without host or query', run: findInHono(new RegExpRouter()) },
      { title: 'hono TrieRouter, without host or query', run: findInHono(new TrieRouter()) },
    ],
  }
}

function findInUrlRouter(): (count: number) => number {
  const router = new URLRouter(Object.fromEntries(PREFIXES.map((prefix, i) => [`${prefix}/*`, i])))
  return (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += router.find('127.0.0.1:8000', PATHS[i % PATHS.length]) as number
    return sum
  }
}

interface HonoRouter {
  add(method: string, path: string, handler: number): void
  match(method: string, path: string): unknown[]
}

function findInHono(router: HonoRouter): (count: number) => number {
  const paths = PATHS.map((path) => path.replace(/\?.*/, ''))
  for (const [i, prefix] of PREFIXES.entries()) router.add('GET', `${prefix}/*`, i)
  return (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += router.match('GET', paths[i % paths.length] ?? '').length
    return sum
  }
}
