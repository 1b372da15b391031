import type { Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { invalidArgument } from './invalid-argument.ts'
import { MuxHttpFilter } from './mux-http-filter.ts'
import { MuxHttpPosition } from './mux-http-position.ts'

export interface MuxHttpOptions {
  /** An upstream connection that serves nobody is closed after this time. @default 10,000 */
  readonly maxIdleMs?: number
  /** Requests waiting for a connection of one key; beyond it QUEUE_FULL, 503. @default 1,024 */
  readonly maxQueue?: number
  /** How long a request waits for a connection; QUEUE_TIMEOUT, 503. 0 waits for ever. @default 30,000 */
  readonly queueTimeoutMs?: number
  /** Connections that one key opens. @default 1 */
  readonly maxConnections?: number
  /**
   * From the end of a request to the head of its answer, all of it, and while the upstream takes nothing of a request;
   * RESPONSE_TIMEOUT, 504. A client that sends nothing of its request is a matter of demuxHTTP. `idleTimeoutMs` of connect
   * counts as well. 0 waits for ever. @default 60,000
   */
  readonly responseTimeoutMs?: number
  /**
   * Between two pieces of an answer's body; BODY_TIMEOUT cuts the connection. 0 waits for ever. `idleTimeoutMs` of connect
   * counts as well. @default 60,000
   */
  readonly bodyTimeoutMs?: number
  /**
   * From a request's head to the end of its answer, the waits for its key and a connection included; EXCHANGE_TIMEOUT: 504
   * before the answer, a cut inside it. Tunnels have no such end. 0 waits for ever. @default 0
   */
  readonly exchangeTimeoutMs?: number
  /**
   * Which requests are sent again, once, on a new connection, when the upstream closed the one they were sent on before it
   * answered anything, and that connection had served others: the race that every kept connection runs (RFC 9112 9.3.1).
   * `idempotent`: those whose method allows it (RFC 9110 9.2.2); `always`: the upstream bears every request twice. One of
   * which nothing had gone out yet goes over a new connection in any case.
   * A request that cannot be sent again, or may turn out too long for it, is kept out of the race: it does not go out on a
   * connection that has been idle for more than a second.
   * @default 'idempotent'
   */
  readonly resend?: 'idempotent' | 'always' | 'never'
  /** A request with a longer body is not sent again. @default 65,536 */
  readonly maxReplayBytes?: number
  /**
   * The name in the Via of requests that are passed on (RFC 9110 7.6.3), or false. Some servers answer without
   * compression when they see one: nginx, unless it is told otherwise by `gzip_proxied`.
   * @default 'sluice'
   */
  readonly via?: string | false
}

/**
 * The client's side of HTTP/1.1 (RFC 9112): sends requests over upstream connections that all sessions of this filter
 * position share, by key. A key is one connection, one request at a time, unless `maxConnections` allows more; further
 * requests wait in order. A connection stays open for the next request of its key.
 *
 * A failure before the answer becomes an answer (502, 503 or 504 with a short text); one inside its body ends the
 * stream with the error. A request that met an idle connection as the upstream closed it is sent again if it is safe to.
 * @param reference the pipeline that takes the requests' bytes and gives the answers' bytes: it ends in `connect`
 * @param key any value, or a function of the context that gives it. Without one, or when it gives undefined, each
 * client connection has its own upstream connections
 * @throws INVALID_ARGUMENT for an unknown `resend`
 */
export function muxHTTP<V = Variables>(
  reference: PipelineReference<V>,
  key?: Provider<unknown, V>,
  options: MuxHttpOptions = {},
): FilterRecipe<V> {
  const { resend = 'idempotent' } = options
  if (resend !== 'idempotent' && resend !== 'always' && resend !== 'never') {
    throw invalidArgument('muxHTTP', 'resend must be "idempotent", "always" or "never"', resend)
  }
  return {
    name: 'muxHTTP',
    reads: 'heads',
    pipelines: [reference],
    bind: (scope) => {
      const position = new MuxHttpPosition(scope, reference, options)
      return (pipeline) => new MuxHttpFilter(pipeline, key, position)
    },
  }
}
