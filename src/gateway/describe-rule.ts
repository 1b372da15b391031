import { HIDDEN, isSecretName } from './secret-names.ts'
import type { RouteRule } from './route-rule.ts'
import type { ValueCondition } from './value-condition.ts'

/** A rule in one line, by its route's name and its conditions: `"users" (GET example.com/users/:id)`. */
export function describeRule({ route, host, path, methods, headers, query }: RouteRule): string {
  const values = [
    ...headers.map((condition) => describeCondition(condition, condition.name, ': ')),
    ...query.map((condition) => describeCondition(condition, `?${condition.name}`, '=')),
  ]
  const conditions = [
    methods?.join(' or '),
    `${host?.text ?? ''}${path?.text ?? (host === undefined ? '' : '/*')}`,
    values.length === 0 ? '' : `with ${values.join(' and ')}`,
  ].filter(Boolean)
  return `"${route}" (${conditions.length === 0 ? 'any request' : conditions.join(' ')})`
}

function describeCondition({ name, expected }: ValueCondition, shown: string, sign: string): string {
  if (typeof expected === 'string') return `${shown}${sign}${isSecretName(name) ? HIDDEN : expected}`
  if (typeof expected === 'boolean') return expected ? shown : `no ${shown}`
  return 'env' in expected ? `${shown}${sign}$${expected.env}` : `${shown}${sign}/${expected.regex}/`
}
