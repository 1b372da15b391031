import { type BuiltProxy, buildProxy, type ProxySurroundings } from '../engine/build-proxy.ts'
import { InboundSession } from '../engine/inbound-session.ts'
import type { ListenDefinition, ProxyDefinition } from '../engine/proxy-definition.ts'
import type { Variables } from '../engine/context.ts'
import { Ticker } from '../engine/ticker.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import { FetchConnection } from './fetch-connection.ts'

export interface FetchHandlerOptions extends ProxySurroundings {
  /** Which `listen` takes the requests, by its port. @default the first one */
  readonly port?: number
  /**
   * Builds the proxy anew for each request, so that no connection of one request is used by another: what Workers
   * demand. @default false: pools are shared by all requests
   */
  readonly isIsolated?: boolean
}

/** What differs from request to request. */
export interface FetchCall<V = Variables> {
  /** Initial values of the session's variables in place of the proxy's own. */
  readonly variables?: Partial<V>
  /** Who the client is, where the runtime tells. @default nothing is known */
  readonly info?: ConnectionInfo
  /** What an isolated proxy reaches its upstreams with in this request. @default the handler's transport */
  readonly transport?: Transport
}

/** A proxy in the shape of fetch. */
export type ProxyFetch<V = Variables> = (request: Request, call?: FetchCall<V>) => Promise<Response>

const FLUSH = new Data()

/**
 * Makes a proxy a function from Request to Response, for use wherever a handler of the shape of fetch is: in a Worker,
 * or inside a Hono or itty-router application. Each request is a client connection of its own, with one request on it.
 * The function rejects with a ProxyError when the proxy gives no answer.
 * @throws INVALID_ARGUMENT when the proxy listens nowhere, or not on the port; and what buildProxy throws
 */
export function fetchHandler<V>(definition: ProxyDefinition<V>, options: FetchHandlerOptions): ProxyFetch<V> {
  const { transport, log, isIsolated = false, port } = options
  const shared = buildProxy(definition, options)
  findListener(shared, port)
  const ticker = new Ticker(transport, [], () => undefined)
  return (request, call = {}) => {
    const built = isIsolated ? buildProxy(definition, { transport: call.transport ?? transport, log }) : shared
    const connection = new FetchConnection(request, transport.decodeLatin1, call.info)
    const onClose = (): void => {
      if (isIsolated) built.stop()
    }
    const { layout, definition: listen } = findListener(built, port)
    const { forwarded } = listen.options
    const variables = { ...definition.variables, ...call.variables }
    new InboundSession(connection, layout, variables, ticker, onClose, forwarded).start(FLUSH)
    return connection.response
  }
}

function findListener<V>(
  { listeners }: BuiltProxy<V>,
  port: number | undefined,
): { readonly definition: ListenDefinition<V>; readonly layout: PipelineLayout<V> } {
  const listener = port === undefined ? listeners[0] : listeners.find(({ definition }) => definition.port === port)
  if (listener !== undefined) return listener
  const ports = listeners.map(({ definition }) => definition.port).join(', ')
  const state = ports === '' ? 'it listens nowhere' : `it listens on ${ports}`
  throw new ProxyError(
    'INVALID_ARGUMENT',
    `Cannot hand requests to the proxy${port === undefined ? '' : ` on port ${port}`}: ${state}`,
  )
}
