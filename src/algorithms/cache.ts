import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

/** Makes the value of a key that the cache does not hold. */
export type CacheAllocate<K, V> = (key: K) => V

/** Told of each value that leaves the cache. What it returns is ignored. */
export type CacheFree<K, V> = (key: K, value: V) => unknown

/** How much a {@link Cache} holds, and for how long. */
export interface CacheOptions {
  /** The most entries; beyond, the least recently used leave. 0 sets no limit. @default LIMITS.maxCacheEntries */
  readonly size?: number | undefined
  /** How long an entry is good for from when it was stored, however often it is used; 0 is for ever. @default 0 */
  readonly ttlMs?: number | undefined
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: (() => number) | undefined
}

interface Entry<K, V> {
  readonly key: K
  value: V
  expiresAtMs: number
  older: Entry<K, V> | undefined
  newer: Entry<K, V> | undefined
}

type CacheArgument<K, V> = CacheAllocate<K, V> | CacheFree<K, V> | CacheOptions | null | undefined

/**
 * Values by key, least recently used out first (Pipy's `algo.Cache`). Keys are compared as in a Map.
 *
 * An entry that expires is taken out by the next call of any method, and `free` is told: there are no timers. What
 * `allocate` throws goes to the caller of `get`, and nothing is stored. When `free` throws, everything else that is due
 * is done and freed first; then the first error goes to whoever called.
 */
export class Cache<K, V> {
  readonly #allocate: CacheAllocate<K, V> | undefined
  readonly #free: CacheFree<K, V> | undefined
  readonly #maxEntries: number
  readonly #ttlMs: number
  readonly #now: () => number
  /** In the order in which the entries were stored, which is the order in which they expire. */
  readonly #entries = new Map<K, Entry<K, V>>()
  #oldest: Entry<K, V> | undefined
  #newest: Entry<K, V> | undefined
  /** Nothing expires before. */
  #nextExpiryMs = Number.POSITIVE_INFINITY

  /**
   * @param allocate makes the value when `get` misses; without it `get` gives undefined
   * @param free is told of each value that is removed, evicted, expired or cleared, but not of one that `set` replaces
   * @throws INVALID_ARGUMENT for arguments of the wrong type or out of range
   */
  constructor(allocate?: CacheAllocate<K, V> | null, free?: CacheFree<K, V> | null, options?: CacheOptions | null)
  constructor(allocate: CacheAllocate<K, V> | null | undefined, options: CacheOptions)
  constructor(options: CacheOptions)
  constructor(sizeLimit: number, allocate?: CacheAllocate<K, V> | null, free?: CacheFree<K, V> | null)
  constructor(first?: number | CacheArgument<K, V>, second?: CacheArgument<K, V>, third?: CacheArgument<K, V>) {
    const values = typeof first === 'number' ? [second, third, { size: first }] : [first, second, third]
    const { size = LIMITS.maxCacheEntries, ttlMs = 0, now = readClock } = optionsIn<K, V>(values)
    this.#allocate = functionAt<CacheAllocate<K, V>>(values, 0, 'allocate')
    this.#free = functionAt<CacheFree<K, V>>(values, 1, 'free')
    this.#maxEntries = limitOf('size', size)
    this.#ttlMs = limitOf('ttlMs', ttlMs)
    this.#now = now
  }

  /** How many entries there are. */
  get size(): number {
    this.#expire()
    return this.#entries.size
  }

  /**
   * The value, which becomes the most recently used; on a miss what `allocate` makes, which is stored even if it is
   * undefined.
   */
  get(key: K): V | undefined {
    const entry = this.#use(key)
    if (entry !== undefined) return entry.value
    if (this.#allocate === undefined) return undefined
    const value = this.#allocate(key)
    this.#store(key, value)
    return value
  }

  /** The value as `get` gives it, but never allocates. */
  find(key: K): V | undefined {
    return this.#use(key)?.value
  }

  /** Whether the key has a value. It does not become more recently used. */
  has(key: K): boolean {
    this.#expire()
    return this.#entries.has(key)
  }

  /** Stores a value. One that it replaces is not freed, and keeps its place among the more and less recently used. */
  set(key: K, value: V): void {
    this.#expire()
    this.#store(key, value)
  }

  /** Frees the value of a key. @returns whether there was one */
  remove(key: K): boolean {
    this.#expire()
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    this.#takeOut(entry)
    this.#free?.(key, entry.value)
    return true
  }

  /** Frees all values, the least recently used first. Entries that `free` itself stores meanwhile stay. */
  clear(): void {
    let entry = this.#oldest
    this.#entries.clear()
    this.#oldest = undefined
    this.#newest = undefined
    this.#nextExpiryMs = Number.POSITIVE_INFINITY
    const failures: unknown[] = []
    for (; entry !== undefined; entry = entry.newer) this.#tryFree(entry, failures)
    throwFirst(failures)
  }

  #use(key: K): Entry<K, V> | undefined {
    this.#expire()
    const entry = this.#entries.get(key)
    if (entry !== undefined && entry !== this.#newest) {
      this.#unlink(entry)
      this.#append(entry)
    }
    return entry
  }

  #store(key: K, value: V): void {
    const expiresAtMs = this.#ttlMs > 0 ? this.#now() + this.#ttlMs : Number.POSITIVE_INFINITY
    const known = this.#entries.get(key)
    if (known === undefined) {
      const entry = { key, value, expiresAtMs, older: undefined, newer: undefined }
      this.#append(entry)
      this.#entries.set(key, entry)
    } else {
      known.value = value
      known.expiresAtMs = expiresAtMs
      if (this.#ttlMs > 0) {
        this.#entries.delete(key)
        this.#entries.set(key, known)
      }
    }
    this.#nextExpiryMs = Math.min(this.#nextExpiryMs, expiresAtMs)
    if (this.#maxEntries > 0 && this.#entries.size > this.#maxEntries) this.#evict()
  }

  #evict(): void {
    const failures: unknown[] = []
    while (this.#oldest !== undefined && this.#entries.size > this.#maxEntries) {
      const entry = this.#oldest
      this.#takeOut(entry)
      this.#tryFree(entry, failures)
    }
    throwFirst(failures)
  }

  #expire(): void {
    if (this.#ttlMs === 0) return
    const nowMs = this.#now()
    if (nowMs < this.#nextExpiryMs) return
    const failures: unknown[] = []
    this.#nextExpiryMs = Number.POSITIVE_INFINITY
    for (const entry of this.#entries.values()) {
      if (entry.expiresAtMs > nowMs) {
        this.#nextExpiryMs = entry.expiresAtMs
        break
      }
      this.#takeOut(entry)
      this.#tryFree(entry, failures)
    }
    throwFirst(failures)
  }

  #takeOut(entry: Entry<K, V>): void {
    this.#entries.delete(entry.key)
    this.#unlink(entry)
  }

  #append(entry: Entry<K, V>): void {
    entry.older = this.#newest
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink(entry: Entry<K, V>): void {
    if (entry.older === undefined) this.#oldest = entry.newer
    else entry.older.newer = entry.newer
    if (entry.newer === undefined) this.#newest = entry.older
    else entry.newer.older = entry.older
    entry.older = undefined
    entry.newer = undefined
  }

  #tryFree(entry: Entry<K, V>, failures: unknown[]): void {
    try {
      this.#free?.(entry.key, entry.value)
    } catch (error) {
      failures.push(error)
    }
  }
}

function readClock(): number {
  return performance.now()
}

function throwFirst(failures: readonly unknown[]): void {
  if (failures.length > 0) throw failures[0]
}

/** The options are the last argument that is an object; nothing stands behind them. */
function optionsIn<K, V>(values: readonly CacheArgument<K, V>[]): CacheOptions {
  const last = values.findLast((value) => value !== undefined && value !== null)
  return typeof last === 'object' ? last : {}
}

function functionAt<F>(values: readonly unknown[], i: number, name: string): F | undefined {
  const value = values[i] ?? undefined
  if (value === undefined || (typeof value === 'object' && isLast(values, i))) return undefined
  if (typeof value !== 'function') {
    throw new ProxyError('INVALID_ARGUMENT', `Cannot create Cache: ${name} is ${typeof value}, expected a function`)
  }
  return value as F
}

function isLast(values: readonly unknown[], i: number): boolean {
  return values.slice(i + 1).every((later) => later === undefined || later === null)
}

function limitOf(name: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value
  const state = `${name} is "${String(value)}", expected a number from 0 up`
  throw new ProxyError('INVALID_ARGUMENT', `Cannot create Cache: ${state}`)
}
