import { Quota, type QuotaOptions } from '../algorithms/quota/quota.ts'
import { ProxyError } from '../errors.ts'
import { readSizeBytes, readTimeMs } from './units.ts'

const OPTION_NAMES = ['produce', 'per', 'max', 'key']

/**
 * `algo.Quota` as scripts see it: a number or `'100k'` at first, and the options `per`, in seconds or `'10s'`: the time
 * after which it is filled again, counted from the first that was taken; `produce`: with so much, or in full; `max`: but
 * not beyond this.
 */
export class ScriptQuota extends Quota {
  /** @throws INVALID_ARGUMENT for options that are unknown or of the wrong type; UNSUPPORTED for `key` */
  constructor(initial: unknown, options?: unknown) {
    const size = read('the initial value', initial, readSizeBytes, 'a number or a size such as "100k"') ?? 0
    super(...readOptions(size, options ?? {}))
  }
}

function readOptions(initial: number, given: unknown): [limit: number, options: QuotaOptions] {
  if (typeof given !== 'object' || given === null) throw refuse(`expected an object of options, got "${String(given)}"`)
  const unknown = Object.keys(given).find((name) => !OPTION_NAMES.includes(name))
  if (unknown !== undefined) throw refuse(`unknown option "${unknown}"; the options are ${OPTION_NAMES.join(', ')}`)
  const { produce, per, max, key } = given as Readonly<Record<string, unknown>>
  if (key !== undefined && key !== null) {
    const state = 'the option "key" shares a quota over threads, and here each process counts for itself'
    throw new ProxyError('UNSUPPORTED', `Cannot create Quota: ${state}; use a store that is shared`)
  }
  const sizes = 'a number or a size such as "100k"'
  const most = read('max', max, readSizeBytes, sizes) ?? initial
  const perMs = read('per', per, readTimeMs, 'a number of seconds or a time such as "10s"')
  const limit = read('produce', produce, readSizeBytes, sizes) ?? most
  return [limit, { perMs, burst: most, initial: Math.min(initial, most), refill: 'window' }]
}

function read(
  name: string,
  value: unknown,
  parse: (value: unknown) => number | undefined,
  expected: string,
): number | undefined {
  if (value === undefined || value === null) return undefined
  const result = parse(value)
  if (result === undefined) throw refuse(`${name} expects ${expected}, got "${String(value)}"`)
  return result
}

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot create Quota: ${state}`)
}
