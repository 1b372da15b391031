import type { Head } from '../events.ts'
import { createHeaders } from '../http/header-object.ts'

/** What the client's side of the upgrade says by itself: the rest is made anew, for the connection behind (RFC 6455 4.1). */
const HANDSHAKE_VERSION = '13'

/**
 * The head of a Request, as it is written in HTTP/1.1.
 * @param webSocketKey of a request that asks to become a WebSocket: the key if it has none. Extensions are not asked for:
 * they would change frames that are read here
 */
export function requestHead(request: Request, webSocketKey?: string): Head {
  const { url } = request
  // A URL that a Request has is in its normal form.
  const hostStart = url.indexOf('//') + 2
  const pathStart = url.indexOf('/', hostStart)
  const fragmentStart = url.indexOf('#', pathStart)
  const headers = createHeaders()
  headers.host = url.slice(hostStart, pathStart)
  for (const [name, value] of request.headers) if (name !== 'host' && name !== 'expect') headers[name] = value
  if (webSocketKey !== undefined) {
    headers['sec-websocket-key'] ??= webSocketKey
    headers['sec-websocket-version'] ??= HANDSHAKE_VERSION
    delete headers['sec-websocket-extensions']
  }
  if (request.body !== null && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
  return { method: request.method, path: url.slice(pathStart, fragmentStart < 0 ? undefined : fragmentStart), headers }
}
