import { ProxyError } from '../errors.ts'

/**
 * LENGTH_MISMATCH: a body that is not as long as its head says.
 * @param missing bytes; less than 0 for those that are too many
 * @param source who sent it. @default it is made here
 */
export function lengthMismatch(missing: number, source?: 'upstream'): ProxyError {
  const action = source === undefined ? 'send' : 'pass on'
  const state = missing < 0 ? `${-missing} bytes more` : `${missing} bytes less`
  const text = `Cannot ${action} body: it has ${state} than its Content-Length says`
  return new ProxyError('LENGTH_MISMATCH', text, source && { source })
}
