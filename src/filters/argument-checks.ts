/** What filters check of their arguments when a proxy is described, so that a mistake shows before the first request. */
import { ProxyError } from '../errors.ts'

/** @throws INVALID_ARGUMENT when the value is no function */
export function requireFunction(filter: string, argument: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidArgument(filter, `${argument} must be a function`, value)
}

/** @throws INVALID_ARGUMENT when the value is given and no number of at least `least` */
export function requireNumber(filter: string, option: string, value: number | undefined, least: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least)) return
  throw invalidArgument(filter, `${option} must be a number from ${least} up`, value)
}

/** INVALID_ARGUMENT: what is expected, then what was given. */
export function invalidArgument(filter: string, expected: string, value: unknown): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot configure ${filter}: ${expected}, got ${describe(value)}`)
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
