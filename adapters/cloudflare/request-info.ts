import type { ConnectionInfo } from '../../src/transport.ts'

/** Who the client of a request is: Cloudflare says it in a field that no client can set. */
export function requestInfo(request: Request): ConnectionInfo {
  return {
    remoteAddress: request.headers.get('cf-connecting-ip') ?? '',
    remotePort: 0,
    localAddress: '',
    localPort: 0,
    isEncrypted: request.url.startsWith('https:'),
  }
}
