import { ProxyError } from '../errors.ts'
import type { CheckedConfiguration } from './gateway-configuration.ts'
import type { Environment } from './environment.ts'
import { readHostPattern } from './host-pattern.ts'
import { readPathPattern } from './path-pattern.ts'
import type { RouteRule } from './route-rule.ts'
import { readValueCondition, type ValueCondition } from './value-condition.ts'

type CheckedRoute = NonNullable<CheckedConfiguration['routes']>[number]

/**
 * The ways into a route: one for each of its hosts with each of its paths.
 * @param environment has the variables that conditions may name
 * @throws INVALID_ARGUMENT for conditions that `checkConfiguration` would have refused
 */
export function readRouteRules(
  route: CheckedRoute,
  name: string,
  index: number,
  environment: Environment,
): RouteRule[] {
  const hosts = listOf(route.host).map((host) => (host === undefined ? undefined : required(readHostPattern(host))))
  const paths = listOf(route.path).map((path) => (path === undefined ? undefined : required(readPathPattern(path))))
  const [first, ...more] = listOf(route.method)
  const methods = first === undefined ? undefined : [first, ...more.filter((method) => method !== undefined)]
  const read = (name: string, expected: ValueCondition['expected']): ValueCondition =>
    required(readValueCondition(name, expected, environment))
  const headers = Object.entries(route.header ?? {}).map(([field, expected]) => read(field.toLowerCase(), expected))
  const query = Object.entries(route.query ?? {}).map(([parameter, expected]) => read(parameter, expected))
  const rule = { route: name, index, priority: route.priority ?? 0, methods, headers, query }
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
