import { ProxyError } from '../errors.ts'

/** BODY_TOO_LARGE, for a request that demuxHTTP refuses by its length. */
export function requestTooLong(maxBodyBytes: number): ProxyError {
  return new ProxyError('BODY_TOO_LARGE', `Cannot take request: its body is longer than ${maxBodyBytes} bytes`)
}
