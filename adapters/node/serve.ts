import type { Log } from '../../src/engine/log.ts'
import { http1 } from '../../src/http/http1.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { ProxyServer } from '../../src/engine/proxy-server.ts'
import type { Transport } from '../../src/transport.ts'
import { NodeLog } from './node-log.ts'
import { NodeTransport } from './node-transport.ts'

/** The transport that `serve` uses: one is enough for a process. */
export const nodeTransport: Transport = new NodeTransport()

export interface ServeOptions {
  /** @default a NodeLog of level 'info' */
  readonly log?: Log
  /** @default nodeTransport */
  readonly transport?: Transport
}

/**
 * Builds a proxy and opens its ports.
 * @returns the running proxy: `addresses`, `drain()`, `close()`
 * @throws UNKNOWN_PIPELINE and what filters refuse; ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function serve<V>(proxy: ProxyDefinition<V>, options: ServeOptions = {}): Promise<ProxyServer<V>> {
  const { log = new NodeLog(), transport = nodeTransport } = options
  const server = new ProxyServer(proxy, { transport, log, http1 })
  await server.start()
  return server
}
