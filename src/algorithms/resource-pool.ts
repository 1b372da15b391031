import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/** Makes a resource when a pool has none that is free. Each must be another one, over all pools. */
export type ResourceAllocator<R, K> = (pool: K, tenant: unknown) => R

/** How many free resources a {@link ResourcePool} keeps. */
export interface ResourcePoolOptions<R, K> {
  /**
   * The most free resources over all pools; beyond, the one that has been free longest goes.
   * @default LIMITS.maxFreeResources
   */
  readonly maxFree?: number | undefined
  /** Told of a resource that goes. @default nobody is told */
  readonly destroy?: ((resource: R, pool: K) => unknown) | undefined
}

/** One resource: allocated, or free and in two lists, that of its pool and that of all pools. */
interface Slot<R, K> {
  readonly resource: R
  readonly pool: K
  tenant: unknown
  /** The next of its pool to be handed out. */
  next: Slot<R, K> | undefined
  /** Its neighbours among all that are free. */
  older: Slot<R, K> | undefined
  newer: Slot<R, K> | undefined
}

interface FreeList<R, K> {
  first: Slot<R, K>
  last: Slot<R, K>
}

/**
 * Hands out resources and takes them back (Pipy's `algo.ResourcePool`): who allocates from a pool gets the resource
 * that has been free there longest. Resources are told apart as keys of a Map, so they must be unique over all pools.
 */
export class ResourcePool<R, K = unknown> {
  readonly #allocator: ResourceAllocator<R, K>
  readonly #maxFree: number
  readonly #destroy: ((resource: R, pool: K) => unknown) | undefined
  readonly #allocated = new Map<R, Slot<R, K>>()
  readonly #freeLists = new Map<K, FreeList<R, K>>()
  readonly #tenants = new Map<unknown, Map<K, R>>()
  #freeCount = 0
  #oldest: Slot<R, K> | undefined
  #newest: Slot<R, K> | undefined

  /** @throws INVALID_ARGUMENT when the allocator is no function, or `maxFree` no number from 0 up */
  constructor(allocator: ResourceAllocator<R, K>, options: ResourcePoolOptions<R, K> = {}) {
    const { maxFree = LIMITS.maxFreeResources, destroy } = options
    if (typeof allocator !== 'function') {
      throw refuse(`allocator is ${typeof allocator}, expected a function`)
    }
    if (typeof maxFree !== 'number' || !(maxFree >= 0)) {
      throw refuse(`maxFree is "${String(maxFree)}", expected a number from 0 up`)
    }
    this.#allocator = allocator
    this.#maxFree = maxFree
    this.#destroy = destroy
  }

  /** How many resources are handed out. */
  get allocatedCount(): number {
    return this.#allocated.size
  }

  /** How many resources wait to be handed out again. */
  get freeCount(): number {
    return this.#freeCount
  }

  /**
   * Takes the resource of a pool that has been free longest, or a new one.
   * @param pool by value; left out it is one pool of its own
   * @param tenant until the resource is freed, gets the same one again from this pool
   */
  allocate(...[pool, tenant]: undefined extends K ? [pool?: K, tenant?: unknown] : [pool: K, tenant?: unknown]): R
  allocate(pool: K, tenant?: unknown): R {
    if (tenant === undefined || tenant === null) return this.#take(pool, undefined)
    const held = this.#tenants.get(tenant)
    if (held?.has(pool) === true) return held.get(pool) as R
    const resource = this.#take(pool, tenant)
    const resources = this.#tenants.get(tenant)
    if (resources === undefined) this.#tenants.set(tenant, new Map([[pool, resource]]))
    else resources.set(pool, resource)
    return resource
  }

  /** Gives a resource back to its pool. One that is free already or not of this ResourcePool is ignored. */
  free(resource: R): void {
    const slot = this.#allocated.get(resource)
    if (slot === undefined) return
    this.#allocated.delete(resource)
    if (slot.tenant !== undefined) this.#leave(slot)
    this.#putBack(slot)
    if (this.#freeCount > this.#maxFree) this.#dropOldest()
  }

  /** Gives back all resources of a tenant, in the order in which it got them. */
  freeTenant(tenant: unknown): void {
    const resources = this.#tenants.get(tenant)
    if (resources === undefined) return
    for (const resource of [...resources.values()]) this.free(resource)
  }

  #take(pool: K, tenant: unknown): R {
    const slot = this.#takeFree(pool) ?? {
      resource: this.#allocator(pool, tenant),
      pool,
      tenant: undefined,
      next: undefined,
      older: undefined,
      newer: undefined,
    }
    slot.tenant = tenant
    this.#allocated.set(slot.resource, slot)
    return slot.resource
  }

  #leave(slot: Slot<R, K>): void {
    const resources = this.#tenants.get(slot.tenant)
    resources?.delete(slot.pool)
    if (resources?.size === 0) this.#tenants.delete(slot.tenant)
    slot.tenant = undefined
  }

  #putBack(slot: Slot<R, K>): void {
    const list = this.#freeLists.get(slot.pool)
    if (list === undefined) this.#freeLists.set(slot.pool, { first: slot, last: slot })
    else list.last = list.last.next = slot
    slot.older = this.#newest
    if (this.#newest === undefined) this.#oldest = slot
    else this.#newest.newer = slot
    this.#newest = slot
    this.#freeCount++
  }

  #takeFree(pool: K): Slot<R, K> | undefined {
    const list = this.#freeLists.get(pool)
    if (list === undefined) return undefined
    const slot = list.first
    // Pools come and go with the data that names them: an empty one is forgotten.
    if (slot.next === undefined) this.#freeLists.delete(pool)
    else list.first = slot.next
    if (slot.older === undefined) this.#oldest = slot.newer
    else slot.older.newer = slot.newer
    if (slot.newer === undefined) this.#newest = slot.older
    else slot.newer.older = slot.older
    slot.next = slot.older = slot.newer = undefined
    this.#freeCount--
    return slot
  }

  #dropOldest(): void {
    // The oldest of all is the first of its own pool as well.
    const slot = this.#oldest && this.#takeFree(this.#oldest.pool)
    if (slot !== undefined) this.#destroy?.(slot.resource, slot.pool)
  }
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot create ResourcePool: ${state}`)
}
