import { ProxyError } from '../errors.ts'

/** An upstream's body that is not as long as its head says. @param missing bytes; less than 0 for those that are too many */
export function bodyMismatch(missing: number): ProxyError {
  const state = missing < 0 ? `${-missing} bytes more` : `${missing} bytes less`
  const text = `Cannot pass on body: it has ${state} than its Content-Length says`
  return new ProxyError('LENGTH_MISMATCH', text, { source: 'upstream' })
}
