import type { ServiceOptions } from '../algorithms/service/service-options.ts'
import { Service } from '../algorithms/service/service.ts'
import { ProxyError } from '../errors.ts'
import type { ScriptScope } from './script-scope.ts'
import { readSizeBytes, readTimeMs } from './units.ts'

/** Options that are times: in scripts without `Ms`, in seconds or as `'10s'`. */
const TIMES: ReadonlySet<string> = new Set([
  ...['baseEjection', 'drainTimeout', 'failWindow', 'interval', 'maxEjection', 'maxIdle', 'minDelay', 'perTryTimeout'],
  ...['queueTimeout', 'slowStart', 'timeout', 'ttl', 'window'],
])
/** The same, of `timeouts`. */
const TIMEOUTS: ReadonlySet<string> = new Set(['connect', 'response', 'body', 'exchange'])

type ServiceClass = new (options: ServiceOptions) => Service

/**
 * `algo.Service` as scripts see it. Times are in seconds or written as `'10s'`, under their names without `Ms`; the option
 * of `maxReplayBytes` is `maxReplaySize`, a number or `'64k'`; names with the unit are taken as well. A function that
 * stickiness goes by gets the request, and finds the variables of its session.
 */
export function createScriptService(scope: ScriptScope): ServiceClass {
  return class extends Service {
    constructor(options: ServiceOptions) {
      super(readOptions(options, scope, '') as ServiceOptions)
    }
  }
}

/** @param path where the options stand: `retry.budget` */
function readOptions(given: unknown, scope: ScriptScope, path: string): unknown {
  if (!isPlain(given)) return given
  const read: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const place = path === '' ? name : `${path}.${name}`
    if (value === undefined || value === null) continue
    if (TIMES.has(name) || (path === 'timeouts' && TIMEOUTS.has(name))) {
      read[`${name}Ms`] = readUnit(place, value, readTimeMs, 'a number of seconds or a time such as "10s"')
    } else if (name === 'maxReplaySize') {
      read['maxReplayBytes'] = readUnit(place, value, readSizeBytes, 'a number of bytes or a size such as "64k"')
    } else if (place === 'sticky.by' && typeof value === 'function') {
      read[name] = scope.wrapEventCallback(value as (event: unknown) => unknown)
    } else if (typeof value === 'function') read[name] = scope.bind(value)
    else read[name] = name === 'targets' ? value : readOptions(value, scope, place)
  }
  return read
}

/** Not an array, and not a balancer or something else that has a class. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function readUnit(
  place: string,
  value: unknown,
  parse: (value: unknown) => number | undefined,
  expected: string,
): number {
  const result = parse(value)
  if (result !== undefined) return result
  throw new ProxyError(
    'INVALID_ARGUMENT',
    `Cannot create Service: ${place} expects ${expected}, got "${String(value)}"`,
  )
}
