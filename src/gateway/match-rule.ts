import { matchHost } from './match-host.ts'
import { matchPath } from './match-path.ts'
import type { PathParameters } from './path-pattern.ts'
import type { RouteRule } from './route-rule.ts'
import type { RoutedRequest } from './routed-request.ts'

const NO_PARAMETERS: PathParameters = {}

/** What a request's path gave to a rule's path; undefined when one of the rule's conditions does not hold. */
export function matchRule(rule: RouteRule, request: RoutedRequest): PathParameters | undefined {
  const { host, path, methods, headers, query } = rule
  if (host !== undefined && !matchHost(host, request.host)) return undefined
  if (methods !== undefined && !methods.includes(request.method)) return undefined
  for (const { name, holds } of headers) if (!holds(request.header(name))) return undefined
  for (const { name, holds } of query) if (!holds(request.query(name))) return undefined
  return path === undefined ? NO_PARAMETERS : matchPath(path, request.path)
}
