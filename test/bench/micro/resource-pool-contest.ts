import { createPool } from 'generic-pool'
import { ResourcePool } from '../../../src/algorithms/resource-pool.ts'
import type { Contest } from './contest.ts'

const KEY = '127.0.0.1:8080'

/** Taking a resource that is free and giving it back. */
export function resourcePoolContest(): Contest {
  return {
    title: 'Resource pool: allocate and free',
    contestants: [
      { title: 'ResourcePool', check: checkOwn, run: useOwn },
      { title: 'generic-pool (asynchronous)', check: checkLibrary, run: useLibrary },
    ],
  }
}

function useOwn(count: number): number {
  let lastId = 0
  const pool = new ResourcePool(() => ++lastId)
  for (let i = 0; i < count; i++) pool.free(pool.allocate(KEY))
  return lastId
}

async function useLibrary(count: number): Promise<number> {
  let lastId = 0
  const pool = createPool({ create: async () => ({ id: ++lastId }), destroy: async () => undefined }, { max: 1 })
  for (let i = 0; i < count; i++) await pool.release(await pool.acquire())
  return lastId
}

/** Which resources are handed out: a new one, the same again when it is free, a second one while it is not. */
function checkOwn(): number[] {
  let lastId = 0
  const pool = new ResourcePool(() => ++lastId)
  const first = pool.allocate(KEY)
  pool.free(first)
  return [first, pool.allocate(KEY), pool.allocate(KEY)]
}

async function checkLibrary(): Promise<number[]> {
  let lastId = 0
  const pool = createPool({ create: async () => ({ id: ++lastId }), destroy: async () => undefined }, { max: 2 })
  const first = await pool.acquire()
  await pool.release(first)
  return [first.id, (await pool.acquire()).id, (await pool.acquire()).id]
}
