import { Cache, type CacheAllocate, type CacheFree, type CacheOptions } from '../algorithms/cache.ts'
import { ProxyError } from '../errors.ts'
import { readSizeBytes, readTimeMs } from './units.ts'

const OPTION_NAMES = ['size', 'ttl']

/** `algo.Cache` as scripts see it: the options are `size`, a number or `'1k'`, and `ttl`, in seconds or `'10s'`. */
export class ScriptCache extends Cache<unknown, unknown> {
  /** @throws INVALID_ARGUMENT for arguments and options of the wrong type, and for unknown options */
  constructor(...values: unknown[]) {
    const [first, second, third] = values.map((value) => (isOptions(value) ? readOptions(value) : value))
    // The typed class checks what is given in which place.
    super(first as CacheAllocate<unknown, unknown>, second as CacheFree<unknown, unknown>, third as CacheOptions)
  }
}

function isOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function readOptions(given: object): CacheOptions {
  const { size, ttl } = given as { readonly size?: unknown; readonly ttl?: unknown }
  const unknown = Object.keys(given).find((name) => !OPTION_NAMES.includes(name))
  if (unknown !== undefined) throw refuse(`unknown option "${unknown}"; the options are ${OPTION_NAMES.join(', ')}`)
  return {
    size: read('size', size, readSizeBytes, 'a number or a size such as "1k"'),
    ttlMs: read('ttl', ttl, readTimeMs, 'a number of seconds or a time such as "10s"'),
  }
}

type Parse = (value: unknown) => number | undefined

function read(name: string, value: unknown, parse: Parse, expected: string): number | undefined {
  if (value === undefined || value === null) return undefined
  const result = parse(value)
  if (result === undefined) throw refuse(`option "${name}" expects ${expected}, got "${String(value)}"`)
  return result
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot create Cache: ${state}`)
}
