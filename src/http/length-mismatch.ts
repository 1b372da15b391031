import { ProxyError } from '../errors.ts'

/** A body that is not as long as its head says. @param missing bytes; less than 0 for those that are too many */
export function lengthMismatch(missing: number): ProxyError {
  const state = missing < 0 ? `${-missing} bytes more` : `${missing} bytes less`
  return new ProxyError('LENGTH_MISMATCH', `Cannot send body: it has ${state} than its Content-Length says`)
}
