import { LRUCache } from 'lru-cache'
import { Cache } from '../../../src/algorithms/cache.ts'
import type { Contest } from './contest.ts'

const KEYS = Array.from({ length: 4 }, (_, i) => `127.0.0.1:${8080 + i}`)
const MAX_COUNT = 1000
const MANY_KEYS = Array.from({ length: MAX_COUNT * 2 }, (_, i) => `key-${i}`)

/** What a client connection does with its cache: asking for few keys that are there. */
export function cacheHitContest(): Contest {
  const cache = new Cache((key: string) => key.length)
  const library = new LRUCache<string, number>({ max: MAX_COUNT, memoMethod: (key) => key.length })
  return {
    title: `Cache: ${KEYS.length} keys that are there`,
    contestants: [
      { title: 'Cache', run: getEach(KEYS, (key) => cache.get(key) as number) },
      { title: 'lru-cache', run: getEach(KEYS, (key) => library.memo(key)) },
    ],
  }
}

/** What a full cache does: every key is missing, and the oldest one goes. */
export function cacheMissContest(): Contest {
  const cache = new Cache(MAX_COUNT, (key: string) => key.length)
  const library = new LRUCache<string, number>({ max: MAX_COUNT, memoMethod: (key) => key.length })
  return {
    title: `Cache: ${MANY_KEYS.length} keys in turn with room for ${MAX_COUNT}`,
    contestants: [
      { title: 'Cache', run: getEach(MANY_KEYS, (key) => cache.get(key) as number) },
      { title: 'lru-cache', run: getEach(MANY_KEYS, (key) => library.memo(key)) },
    ],
  }
}

function getEach(keys: readonly string[], get: (key: string) => number): (count: number) => number {
  return (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += get(keys[i % keys.length] as string)
    return sum
  }
}
