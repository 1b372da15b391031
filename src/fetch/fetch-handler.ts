import { type BuiltProxy, buildProxy, type ProxySurroundings } from '../engine/build-proxy.ts'
import type { Variables } from '../engine/context.ts'
import { InboundSession } from '../engine/inbound-session.ts'
import type { KeptSession } from '../engine/kept-session.ts'
import type { ListenDefinition, ProxyDefinition } from '../engine/proxy-definition.ts'
import { Ticker } from '../engine/ticker.ts'
import { Data } from '../events.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import { FetchConnection } from './fetch-connection.ts'
import type { FetchRuntime } from './fetch-runtime.ts'
import { findListener } from './find-listener.ts'

export interface FetchHandlerOptions extends ProxySurroundings {
  /** Which `listen` takes the requests, by its port. @default the first one that takes HTTP */
  readonly port?: number
  /**
   * Builds the proxy anew for each request, so that no connection of one request is used by another: what Workers
   * demand. @default false: pools are shared by all requests
   */
  readonly isIsolated?: boolean
  /** What the runtime's fetch can do beyond the standard. @default nothing */
  readonly runtime?: FetchRuntime
}

/** What differs from request to request. */
export interface FetchCall<V = Variables> {
  /** Initial values of the session's variables in place of the proxy's own. */
  readonly variables?: Partial<V>
  /** Who the client is, where the runtime tells. @default nothing is known */
  readonly info?: ConnectionInfo
  /** What an isolated proxy reaches its upstreams with in this request. @default the handler's transport */
  readonly transport?: Transport
  /** The session that the request belongs to, with others. @default one of its own */
  readonly session?: KeptSession<V>
  /**
   * Told when the request is over: answered whole, or given up.
   * @param ending settles when handleSessionEnd is done, if that takes its time
   */
  readonly onClose?: (ending: Promise<void> | undefined) => void
}

/** A proxy in the shape of fetch. */
export type ProxyFetch<V = Variables> = (request: Request, call?: FetchCall<V>) => Promise<Response>

const FLUSH = new Data()

/**
 * Makes a proxy a function from Request to Response, for use wherever a handler of the shape of fetch is: in a Worker,
 * or inside a Hono or itty-router application. Each request is a client connection of its own, with one request on it.
 * The function rejects with a ProxyError when the proxy gives no answer.
 * @throws INVALID_ARGUMENT when the proxy listens nowhere, or not on the port; UNSUPPORTED when what it listens for is no
 * HTTP; and what buildProxy throws
 */
export function fetchHandler<V>(definition: ProxyDefinition<V>, options: FetchHandlerOptions): ProxyFetch<V> {
  const { transport, log, isIsolated = false, port, runtime } = options
  const index = definition.listeners.indexOf(findListener(definition, port) as ListenDefinition<V>)
  // What is wrong with the proxy is said now, and not with each request.
  const shared = buildProxy(definition, options)
  const ticker = new Ticker(transport, [], () => undefined)
  return async (request, call = {}) => {
    const { transport: own = transport, onClose } = call
    const built = isIsolated ? buildProxy(definition, { transport: own, log }) : shared
    const { decodeLatin1 } = own
    const connection = new FetchConnection(request, {
      decodeLatin1,
      info: call.info,
      runtime,
      random: () => own.random(),
    })
    const { layout, definition: listen } = built.listeners[index] as BuiltProxy<V>['listeners'][number]
    const variables = { ...definition.variables, ...call.variables }
    const close = (_?: InboundSession<V>, ending?: Promise<void>): void => {
      if (isIsolated) built.stop()
      onClose?.(ending)
    }
    const { forwarded } = listen.options
    try {
      new InboundSession(connection, layout, variables, ticker, close, forwarded, call.session).start(FLUSH)
    } catch (error) {
      close()
      throw error
    }
    return connection.response
  }
}
