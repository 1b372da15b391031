import { ProxyError } from '../errors.ts'
import type { CheckedConfiguration } from './gateway-configuration.ts'
import { readHeaderCondition } from './header-condition.ts'
import { readHostPattern } from './host-pattern.ts'
import { readPathPattern } from './path-pattern.ts'
import type { RouteRule } from './route-rule.ts'

type CheckedRoute = NonNullable<CheckedConfiguration['routes']>[number]

/**
 * The ways into a route: one for each of its hosts with each of its paths.
 * @throws INVALID_ARGUMENT for conditions that `checkConfiguration` would have refused
 */
export function readRouteRules(route: CheckedRoute, name: string, index: number): RouteRule[] {
  const hosts = listOf(route.host).map((host) => (host === undefined ? undefined : required(readHostPattern(host))))
  const paths = listOf(route.path).map((path) => (path === undefined ? undefined : required(readPathPattern(path))))
  const [first, ...more] = listOf(route.method)
  const methods = first === undefined ? undefined : [first, ...more.filter((method) => method !== undefined)]
  const headers = Object.entries(route.header ?? {}).map(([field, expected]) =>
    required(readHeaderCondition(field, expected)),
  )
  const rule = { route: name, index, priority: route.priority ?? 0, methods, headers }
  return hosts.flatMap((host) => paths.map((path) => ({ ...rule, host, path })))
}

function listOf<T>(value: T | readonly T[] | undefined): readonly (T | undefined)[] {
  if (value === undefined) return [undefined]
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

function required<T extends object>(read: T | string): T {
  if (typeof read === 'string') throw new ProxyError('INVALID_ARGUMENT', `Cannot read a route's conditions: ${read}`)
  return read
}
