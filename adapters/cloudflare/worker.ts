import type { Log } from '../../src/engine/log.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { fetchHandler } from '../../src/fetch/fetch-handler.ts'
import { cloudflareTransport } from './transport.ts'

const log: Log = {
  error: (message) => console.error(message),
  warn: (message) => console.warn(message),
  info: (message) => console.log(message),
  debug: () => undefined,
}

/** What a Worker exports as its default. */
export interface WorkerExport {
  fetch(request: Request): Promise<Response>
}

/**
 * Makes a proxy a Worker: `export default worker(proxy)`. Each request is a session of its own, as if it had come on a
 * client connection with this one request; upstream connections are sockets of `cloudflare:sockets` and end with it,
 * because Workers allow no request to use what another one opened.
 * @param port which `listen` takes the requests. @default the first one
 */
export function worker<V>(proxy: ProxyDefinition<V>, port?: number): WorkerExport {
  const options = { transport: cloudflareTransport, log, isIsolated: true }
  const handle = fetchHandler(proxy, port === undefined ? options : { ...options, port })
  return {
    async fetch(request) {
      try {
        return await handle(request)
      } catch (error) {
        log.error(`Cannot answer ${request.method} ${request.url}: ${String(error)}`)
        return new Response('Bad Gateway\n', { status: 502 })
      }
    },
  }
}
