import { ProxyError } from '../errors.ts'

/** The Content-Length that a head object tells; -1 when it tells none, INVALID_OUTPUT when it is no whole number. */
export function readLength(value: unknown): number | ProxyError {
  if (value === undefined || value === null) return -1
  const length = Number(value)
  if (/^\d+$/.test(String(value)) && Number.isSafeInteger(length)) return length
  const text = `Cannot send content-length ${JSON.stringify(value)}: expected a whole number`
  return new ProxyError('INVALID_OUTPUT', text)
}
