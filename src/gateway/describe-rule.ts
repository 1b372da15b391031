import type { HeaderCondition } from './header-condition.ts'
import type { RouteRule } from './route-rule.ts'

/** A rule in one line, by its route's name and its conditions: `"users" (GET example.com/users/:id)`. */
export function describeRule({ route, host, path, methods, headers }: RouteRule): string {
  const fields = headers.map(describeHeader)
  const conditions = [
    methods?.join(' or '),
    `${host?.text ?? ''}${path?.text ?? (host === undefined ? '' : '/*')}`,
    fields.length === 0 ? '' : `with ${fields.join(' and ')}`,
  ].filter(Boolean)
  return `"${route}" (${conditions.length === 0 ? 'any request' : conditions.join(' ')})`
}

function describeHeader({ name, expected }: HeaderCondition): string {
  if (typeof expected === 'string') return `${name}: ${expected}`
  if (typeof expected === 'boolean') return expected ? name : `no ${name}`
  return `${name}: /${expected.regex}/`
}
