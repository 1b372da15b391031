import type { ConnectionInfo } from '../../src/transport.ts'

/** Who the client of a request is, looked up when somebody asks. */
class RequestInfo implements ConnectionInfo {
  readonly remotePort = 0
  readonly localAddress = ''
  readonly localPort = 0
  readonly #request: Request

  constructor(request: Request) {
    this.#request = request
  }

  get remoteAddress(): string {
    return this.#request.headers.get('cf-connecting-ip') ?? ''
  }

  get isEncrypted(): boolean {
    return this.#request.url.startsWith('https:')
  }
}

/** Who the client of a request is: Cloudflare says it in a field that no client can set. */
export function requestInfo(request: Request): ConnectionInfo {
  return new RequestInfo(request)
}
