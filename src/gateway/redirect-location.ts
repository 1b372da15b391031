import type { GatewayAction } from './gateway-configuration.ts'
import type { PathParameters } from './path-pattern.ts'
import { fillPathTemplate } from './fill-path-template.ts'

/**
 * The Location of a redirect (RFC 9110 10.2.2). The request's query is kept unless the target has one of its own.
 * @param query with its `?`, or nothing
 */
export function redirectLocation(
  redirect: NonNullable<GatewayAction['redirect']>,
  parameters: PathParameters,
  query: string,
): string {
  const to = typeof redirect === 'string' ? redirect : redirect.to
  const mark = to.indexOf('?')
  if (mark < 0) return `${fillPathTemplate(to, parameters)}${query}`
  return `${fillPathTemplate(to.slice(0, mark), parameters)}${to.slice(mark)}`
}
