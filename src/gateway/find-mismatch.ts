import { matchHost } from './match-host.ts'
import { matchPath } from './match-path.ts'
import type { RouteRule } from './route-rule.ts'
import type { RoutedRequest } from './routed-request.ts'
import { isSecretName } from './secret-names.ts'
import type { ValueCondition } from './value-condition.ts'

/** Why a rule does not take a request, by its first condition that does not hold; undefined when all hold. */
export function findMismatch(rule: RouteRule, request: RoutedRequest): string | undefined {
  const { host, path, methods, headers, query } = rule
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
    if (!header.holds(value)) return describeValue(header, header.name, value)
  }
  for (const parameter of query) {
    const value = request.query(parameter.name)
    if (!parameter.holds(value)) return describeValue(parameter, `?${parameter.name}`, value)
  }
  return undefined
}

function describeValue({ name, expected }: ValueCondition, shown: string, value: string | undefined): string {
  const state = value === undefined ? `there is no ${shown}` : `${shown} is ${quote(value)}`
  if (typeof expected === 'boolean') return `${state}, ${expected ? 'expected any' : 'expected none'}`
  if (typeof expected === 'string')
    return `${state}, expected ${isSecretName(name) ? 'the one of the route' : quote(expected)}`
  return 'env' in expected ? `${state}, expected that of $${expected.env}` : `${state}, expected /${expected.regex}/`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
