import { ProxyError } from '../errors.ts'

/** EXCHANGE_TIMEOUT: a request and its answer have taken too long. */
export function exchangeTimeout(timeoutMs: number): ProxyError {
  return new ProxyError('EXCHANGE_TIMEOUT', `Cannot wait longer for the whole of an answer: ${timeoutMs} ms are over`)
}
