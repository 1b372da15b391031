import { ProxyError } from '../errors.ts'

/** UNSUPPORTED: the connection passes messages as events, and there are no bytes that could be in a stream. */
export function noStreams(): ProxyError {
  return new ProxyError('UNSUPPORTED', 'Cannot use a stream of this connection: it passes messages, use "direct"')
}
