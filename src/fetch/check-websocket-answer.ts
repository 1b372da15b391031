import { ProxyError } from '../errors.ts'
import type { Head } from '../events.ts'

/**
 * Checks an upstream's answer to a handshake whose key and extensions are not the client's own, so that no client checks
 * them: RFC 6455 4.1, of what the server answers, 4 and 5.
 * @param accept what answers the key that was sent
 * @returns MALFORMED_HEADER of the upstream, which is answered with 502, for another Sec-WebSocket-Accept or none, and for
 * extensions, of which none were asked for
 */
export function checkWebSocketAnswer({ headers }: Head, accept: string): ProxyError | undefined {
  const { 'sec-websocket-accept': given, 'sec-websocket-extensions': extensions } = headers
  if (typeof given !== 'string' || given.trim() !== accept) {
    return refused(`Sec-WebSocket-Accept is ${given === undefined ? 'missing' : quote(given)}, expected "${accept}"`)
  }
  if (extensions !== undefined && extensions !== '')
    return refused(`the extensions ${quote(extensions)} were not asked for`)
  return undefined
}

function refused(state: string): ProxyError {
  return new ProxyError('MALFORMED_HEADER', `Cannot open WebSocket to the upstream: ${state}`, { source: 'upstream' })
}

function quote(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 100))
}
