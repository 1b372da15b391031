import type { Variables } from '../engine/context.ts'
import type { FilterRecipe, PipelineReference } from '../engine/filter-recipe.ts'
import { DemuxHttpFilter } from './demux-http-filter.ts'
import { DemuxHttpPosition } from './demux-http-position.ts'

export interface DemuxHttpOptions {
  /** Start line and header lines of one request; beyond it 431, or 414 within the first line. @default 16,384 */
  readonly maxHeaderBytes?: number
  /** Header lines of one request; 431. @default 100 */
  readonly maxHeaderCount?: number
  /** Requests under way at once on one connection; then it is not read further. @default 32 */
  readonly maxPipelinedRequests?: number
  /** From the first byte of a head to its end; 408. 0 waits for ever. @default 30,000 */
  readonly headTimeoutMs?: number
  /** Between two pieces of a request's body, while it is being read; 408. 0 waits for ever. @default 30,000 */
  readonly bodyTimeoutMs?: number
  /** Closes a connection that has no request under way and sends none; 0 leaves that to `listen`. @default 60,000 */
  readonly keepAliveTimeoutMs?: number
  /** Requests on one connection; the answer to the last one says `Connection: close`. 0 is no limit. @default 0 */
  readonly maxRequests?: number
  /**
   * The longest body of a request; 413. One that tells its length is refused before anything is passed on, one that
   * turns out longer ends with BODY_TOO_LARGE. 0 is no limit: bodies are never held in memory. @default 0
   */
  readonly maxBodyBytes?: number
  /** Takes TRACE, which tells whoever asks what proxies on the way have added: cookies, credentials. @default false: 501 */
  readonly allowTrace?: boolean
  /**
   * The name in the Via of answers that are passed on (RFC 9110 7.6.3: a gateway may leave it out), or false.
   * @default false
   */
  readonly via?: string | false
}

/**
 * The server's side of HTTP/1.1 (RFC 9112): takes a client connection's bytes apart into requests, runs each through a
 * pipeline of its own, with a copy of the context, and sends the answers back in the order of the requests.
 *
 * Every request is answered once. A pipeline that fails or ends without an answer is answered for: with the status of
 * the error, 500 otherwise; one that fails inside the answer's body has the connection cut. What is no HTTP is refused
 * with 400, 408, 413, 414, 431, 501 or 505, and the connection closed.
 *
 * An answer that agrees to an upgrade, or to CONNECT, makes the connection a tunnel: from then on bytes pass as they are,
 * each direction until its own end. CONNECT is taken only where the pipeline leads to an acceptHTTPTunnel, or to a
 * forward with `allowConnect`; 501 elsewhere.
 * @param reference the pipeline that takes a request in and gives its answer out
 */
export function demuxHTTP<V = Variables>(
  reference: PipelineReference<V>,
  options: DemuxHttpOptions = {},
): FilterRecipe<V> {
  return {
    name: 'demuxHTTP',
    reads: 'nothing',
    pipelines: [reference],
    bind: (scope) => {
      const position = new DemuxHttpPosition(scope, reference, options)
      return (pipeline) => new DemuxHttpFilter(pipeline, position)
    },
  }
}
