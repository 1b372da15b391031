import type { Log } from '../engine/log.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import type { FetchCall } from './fetch-handler.ts'

/** How a proxy becomes a function from Request to Response on a runtime. */
export interface ProxyFetchOptions {
  /** Which `listen` takes the requests, by its port. @default the first one */
  readonly port?: number
  /** @default the runtime's own, which writes to the console */
  readonly log?: Log
}

/** What a request comes with besides itself. */
export interface RuntimeCall<V> extends Pick<FetchCall<V>, 'variables' | 'info'> {
  /** Of a Worker: its bindings. */
  readonly env?: unknown
  /** Of a Worker: what keeps it alive after the answer. */
  readonly executionContext?: { waitUntil(promise: Promise<unknown>): void }
}

/**
 * What each runtime's adapter offers to those of frameworks, as the module `#proxy-fetch`: a proxy as a function that always
 * answers. What the proxy cannot answer is logged and becomes the error's status with a short text.
 * @throws what fetchHandler throws
 */
export type CreateProxyFetch = <V>(
  proxy: ProxyDefinition<V>,
  options?: ProxyFetchOptions,
) => (request: Request, call?: RuntimeCall<V>) => Promise<Response>
