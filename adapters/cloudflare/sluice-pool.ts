import { DurableObject } from 'cloudflare:workers'
import { cloudflareTransport } from './transport.ts'
import { consoleLog } from './console-log.ts'
import type { PoolOptions } from './pool-options.ts'
import { PoolServer } from './pool-server.ts'
import type { PoolStatistics } from './pool-statistics.ts'

/**
 * A Durable Object that holds connections to an upstream over many requests, whichever isolate they come from: what no
 * Worker may do by itself. It is a proxy of its own, with the limits and time-outs that a proxy has on Node. A Worker that
 * has a binding to it sends its requests through it:
 *
 * ```ts
 * export { SluicePool } from 'sluice/cloudflare'
 * ```
 *
 * Each target has its object, named like the target. The platform ends an object that nobody uses; all that is lost
 * then is warmth: nothing is stored.
 */
export class SluicePool<Env = unknown> extends DurableObject<Env> {
  /** For a class that extends this one to set. */
  readonly options: PoolOptions = {}
  #server: PoolServer | undefined

  /** Takes a connection from a Worker. */
  override fetch(request: Request): Response {
    return this.#started.serve(request)
  }

  /** What the object has counted since it came to life. */
  statistics(): PoolStatistics {
    return this.#started.statistics
  }

  /** Made when it is first used: by then a subclass has set its options. */
  get #started(): PoolServer {
    this.#server ??= new PoolServer(this.options, { transport: cloudflareTransport, log: consoleLog })
    return this.#server
  }
}
