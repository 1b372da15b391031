import { LRUCache } from 'lru-cache'
import { Cache } from '../../../src/algorithms/cache.ts'
import type { Contest, Contestant } from './contest.ts'

const KEYS = Array.from({ length: 4 }, (_, i) => `127.0.0.1:${8080 + i}`)
const MAX_COUNT = 1000
const MANY_KEYS = Array.from({ length: MAX_COUNT * 2 }, (_, i) => `key-${i}`)

/** What a client connection does with its cache: asking for few keys that are there. */
export function cacheHitContest(): Contest {
  return {
    title: `Cache: ${KEYS.length} keys that are there`,
    contestants: [contestant('Cache', KEYS, createOwn), contestant('lru-cache', KEYS, createLibrarys)],
  }
}

/** What a full cache does: every key is missing, and the oldest one goes. */
export function cacheMissContest(): Contest {
  return {
    title: `Cache: ${MANY_KEYS.length} keys in turn with room for ${MAX_COUNT}`,
    contestants: [contestant('Cache', MANY_KEYS, createOwn), contestant('lru-cache', MANY_KEYS, createLibrarys)],
  }
}

type Allocate = (key: string) => number
type Get = (key: string) => number

function createOwn(allocate: Allocate): Get {
  const cache = new Cache(MAX_COUNT, allocate)
  return (key) => cache.get(key) as number
}

function createLibrarys(allocate: Allocate): Get {
  const cache = new LRUCache<string, number>({ max: MAX_COUNT, memoMethod: allocate })
  return (key) => cache.memo(key)
}

function contestant(title: string, keys: readonly string[], create: (allocate: Allocate) => Get): Contestant {
  const get = create((key) => key.length)
  return {
    title,
    // Asks for each key twice: what is allocated tells what was kept.
    check: () => {
      let allocated = 0
      const getNumber = create(() => ++allocated)
      return [...keys, ...keys].map(getNumber)
    },
    run: (count) => {
      let sum = 0
      for (let i = 0; i < count; i++) sum += get(keys[i % keys.length] as string)
      return sum
    },
  }
}
