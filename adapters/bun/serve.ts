import { LineLog } from '../../src/engine/line-log.ts'
import { http1 } from '../../src/http/http1.ts'
import type { Log } from '../../src/engine/log.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import type { ProxyServer } from '../../src/engine/proxy-server.ts'
import type { ServeOptions } from '../../src/engine/serve-options.ts'
import { startServer } from '../../src/engine/start-server.ts'
import type { Transport } from '../../src/transport.ts'
import { BunTransport } from './bun-transport.ts'
import { process } from './bun-runtime.ts'

export type { ServeOptions } from '../../src/engine/serve-options.ts'

/** The transport that `serve` uses: one is enough for a process. */
export const bunTransport: Transport = new BunTransport()

/** A log on the outputs of the process. */
export function createLog(): Log {
  const { stdout, stderr } = process
  return new LineLog({ stdout, stderr, timeOfDay: () => new Date().toISOString() })
}

/**
 * Builds a proxy and opens its ports.
 * @returns the running proxy: `addresses`, `drain()`, `close()`
 * @throws UNKNOWN_PIPELINE and what filters refuse; ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export function serve<V>(proxy: ProxyDefinition<V>, options: ServeOptions = {}): Promise<ProxyServer<V>> {
  const { log = createLog(), transport = bunTransport } = options
  return startServer(proxy, { transport, log, http1 })
}
