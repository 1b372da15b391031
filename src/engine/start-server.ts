import type { ProxySurroundings } from './build-proxy.ts'
import type { ProxyDefinition } from './proxy-definition.ts'
import { ProxyServer } from './proxy-server.ts'

/**
 * Builds a proxy and opens its ports.
 * @returns the running proxy
 * @throws UNKNOWN_PIPELINE and what filters refuse; ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function startServer<V>(
  proxy: ProxyDefinition<V>,
  surroundings: ProxySurroundings,
): Promise<ProxyServer<V>> {
  const server = new ProxyServer(proxy, surroundings)
  await server.start()
  return server
}
