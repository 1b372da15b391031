import { ProxyError } from '../../errors.ts'
import type { HealthCheck } from './health-check.ts'
import type { CheckOptions } from './health-options.ts'

const DEFAULT_STATUSES: readonly (number | string)[] = ['200-399']

/** What a probe has to do, of what options say. @throws INVALID_ARGUMENT for a status that is none */
export function createHealthCheck(options: CheckOptions): HealthCheck {
  if (options.type === 'tcp') return { type: 'tcp' }
  const { path = '/', method = 'GET', host, expectedStatuses = DEFAULT_STATUSES } = options
  const ranges = expectedStatuses.map(readRange)
  return {
    type: 'http',
    path,
    method,
    host,
    expected: expectedStatuses.join(', '),
    isExpected: (status) => ranges.some(([first, last]) => status >= first && status <= last),
  }
}

function readRange(value: number | string): readonly [number, number] {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(value))
  const first = Number(match?.[1])
  const last = Number(match?.[2] ?? match?.[1])
  if (first <= last) return [first, last]
  const text = `health.check.expectedStatuses has "${String(value)}", expected a status or a range such as "200-399"`
  throw new ProxyError('INVALID_ARGUMENT', `Cannot create service: ${text}`)
}
