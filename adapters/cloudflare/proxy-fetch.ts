import type { CreateProxyFetch } from '../../src/fetch/create-proxy-fetch.ts'
import { ProxyIsolate } from './proxy-isolate.ts'
import { sockets } from './sockets.ts'

/** A proxy as a function from Request to Response that is built anew for each of them, with what the request may use. */
export const createProxyFetch: CreateProxyFetch = (proxy, options) => {
  const isolate = new ProxyIsolate(proxy, { ...options, sockets })
  return (request, call) => isolate.fetch(request, call)
}
