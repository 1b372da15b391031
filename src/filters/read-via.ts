import { invalidArgument } from './invalid-argument.ts'

/** RFC 9110 7.6.3: a name of one's own, or a host with a port. */
const RECEIVED_BY = /^[!#$%&'*+.^_`|~0-9A-Za-z:[\]-]+$/

/**
 * The name that a filter writes into Via; empty for none.
 * @param value the option, or what it is without one
 * @throws INVALID_ARGUMENT when it is neither a name nor false
 */
export function readVia(filter: string, value: string | false): string {
  if (value === false) return ''
  if (typeof value === 'string' && RECEIVED_BY.test(value)) return value
  throw invalidArgument(filter, 'via must be a name without white space, or false', value)
}
