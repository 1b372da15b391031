import { ProxyError } from '../errors.ts'

/** INVALID_ARGUMENT, for a mistake in the description of a proxy: what is expected, then what was given. */
export function invalidArgument(filter: string, expected: string, value: unknown): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot configure ${filter}: ${expected}, got ${describe(value)}`)
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
