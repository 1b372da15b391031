import { Cache } from '../algorithms/cache.ts'
import { ResourcePool } from '../algorithms/resource-pool.ts'
import { URLRouter } from '../algorithms/url-router.ts'

/** `algo` as scripts see it. */
export function createScriptAlgo(): object {
  return Object.freeze({ Cache, ResourcePool, URLRouter })
}
