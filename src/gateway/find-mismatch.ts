import type { HeaderCondition } from './header-condition.ts'
import { matchHost } from './match-host.ts'
import { matchPath } from './match-path.ts'
import type { RouteRule } from './route-rule.ts'
import type { RoutedRequest } from './routed-request.ts'

/** Why a rule does not take a request, by its first condition that does not hold; undefined when all hold. */
export function findMismatch({ host, path, methods, headers }: RouteRule, request: RoutedRequest): string | undefined {
  if (host !== undefined && !matchHost(host, request.host))
    return `the host is ${quote(request.host)}, not ${host.text}`
  if (path !== undefined && matchPath(path, request.path) === undefined) {
    return `path ${quote(request.path)} does not fit ${path.text}`
  }
  if (methods !== undefined && !methods.includes(request.method)) {
    return `the method is ${request.method}, not ${methods.join(' or ')}`
  }
  for (const header of headers) {
    const value = request.header(header.name)
    if (!header.holds(value)) return describeField(header, value)
  }
  return undefined
}

function describeField({ name, expected }: HeaderCondition, value: string | undefined): string {
  const state = value === undefined ? `there is no ${name}` : `${name} is ${quote(value)}`
  if (typeof expected === 'boolean') return `${state}, ${expected ? 'expected any' : 'expected none'}`
  return typeof expected === 'string'
    ? `${state}, expected ${quote(expected)}`
    : `${state}, expected /${expected.regex}/`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
