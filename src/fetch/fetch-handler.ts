import { type BuiltProxy, buildProxy, type ProxySurroundings } from '../engine/build-proxy.ts'
import type { Variables } from '../engine/context.ts'
import { readingOf } from '../engine/reading-of.ts'
import { InboundSession } from '../engine/inbound-session.ts'
import type { KeptSession } from '../engine/kept-session.ts'
import type { ListenDefinition, ProxyDefinition } from '../engine/proxy-definition.ts'
import { Ticker } from '../engine/ticker.ts'
import { ProxyError } from '../errors.ts'
import { Data } from '../events.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import type { ByteTranslation } from './byte-translation.ts'
import { FetchConnection } from './fetch-connection.ts'
import type { FetchRuntime } from './fetch-runtime.ts'
import { findListener } from './find-listener.ts'
import { IsolatedBuilds } from './isolated-builds.ts'
import type { ReusableTransport } from './reusable-transport.ts'

/** `T` is what `createTransport` makes. */
export interface FetchHandlerOptions<T extends ReusableTransport = ReusableTransport>
  extends Omit<ProxySurroundings, 'http1'> {
  /** For upstreams behind connections of bytes, and for filters that look at bytes. @default messages pass only as such */
  readonly bytes?: ByteTranslation | undefined
  /** Which `listen` takes the requests, by its port. @default the first one that takes HTTP */
  readonly port?: number
  /**
   * Has no two requests at once use the same build of the proxy, and gives up after each what belongs to the build, so that
   * no connection of one request is used by another: what Workers demand.
   * @default false: pools are shared by all requests
   */
  readonly isIsolated?: boolean
  /**
   * Makes a transport for a build of an isolated proxy; both serve one request after the other.
   * @default each request has a build of its own, with the transport that it comes with
   */
  readonly createTransport?: () => T
  /** What the runtime's fetch can do beyond the standard. @default nothing */
  readonly runtime?: FetchRuntime
}

/** What differs from request to request. `T` is what the handler's `createTransport` makes. */
export interface FetchCall<V = Variables, T extends ReusableTransport = ReusableTransport> {
  /** Initial values of the session's variables in place of the proxy's own. */
  readonly variables?: Partial<V>
  /** Who the client is, where the runtime tells. @default nothing is known */
  readonly info?: ConnectionInfo
  /** What an isolated proxy reaches its upstreams with in this request. @default the handler's transport */
  readonly transport?: Transport
  /** Prepares what `createTransport` made for this request. */
  readonly prepare?: (transport: T) => void
  /** The session that the request belongs to, with others. @default one of its own */
  readonly session?: KeptSession<V>
  /**
   * Told when the request is over: answered whole, or given up.
   * @param ending settles when handleSessionEnd is done, if that takes its time
   */
  readonly onClose?: (ending: Promise<void> | undefined) => void
}

/** A proxy in the shape of fetch. */
export type ProxyFetch<V = Variables, T extends ReusableTransport = ReusableTransport> = (
  request: Request,
  call?: FetchCall<V, T>,
) => Promise<Response>

const FLUSH = new Data()

/**
 * Makes a proxy a function from Request to Response, for use wherever a handler of the shape of fetch is: in a Worker,
 * or inside a Hono or itty-router application. Each request is a client connection of its own, with one request on it.
 * The function rejects with a ProxyError when the proxy gives no answer.
 * @throws INVALID_ARGUMENT when the proxy listens nowhere, or not on the port; UNSUPPORTED when what it listens for is no
 * HTTP, or is looked at as bytes that there are not; and what buildProxy throws
 */
export function fetchHandler<V, T extends ReusableTransport = ReusableTransport>(
  definition: ProxyDefinition<V>,
  options: FetchHandlerOptions<T>,
): ProxyFetch<V, T> {
  const { fieldEncoding } = options.runtime ?? {}
  const { transport, log, isIsolated = false, port, runtime, bytes } = options
  const listener = findListener(definition, port)
  const index = definition.listeners.indexOf(listener as ListenDefinition<V>)
  const passesMessages = readingOf(listener.filters) === 'nothing'
  if (!passesMessages && bytes === undefined) throw looksAtBytes(listener, transport)
  const http1 = bytes?.http1
  // What is wrong with the proxy is said now, and not with each request.
  const shared = buildProxy(definition, { transport, log, http1 })
  // It serves nobody then: what it began would belong to the first request.
  if (isIsolated) shared.stop()
  const ready = isIsolated ? undefined : shared.start()
  // If that fails, each request is told.
  ready?.catch(() => undefined)
  const ticker = new Ticker(transport, [], () => undefined)
  const isolated = new IsolatedBuilds<V, T>(definition, { ...options, http1 })
  return async (request, call = {}) => {
    const { onClose } = call
    if (ready !== undefined) await ready
    const use = isIsolated ? isolated.take(call) : { built: shared, transport, end: () => undefined }
    const { built, transport: own } = use
    const messages = new FetchConnection(request, {
      info: call.info,
      runtime,
      random: () => own.random(),
    })
    const isTranslated = bytes !== undefined && !passesMessages
    const connection = isTranslated ? bytes.toBytes(messages, { reads: 'requests', fieldEncoding }) : messages
    const { layout, definition: listen } = built.listeners[index] as BuiltProxy<V>['listeners'][number]
    const variables = { ...definition.variables, ...call.variables }
    const close = (_?: InboundSession<V>, ending?: Promise<void>): void => {
      use.end()
      onClose?.(ending)
    }
    const { forwarded } = listen.options
    try {
      new InboundSession(connection, layout, variables, ticker, close, forwarded, call.session).start(FLUSH)
    } catch (error) {
      close()
      throw error
    }
    return messages.response
  }
}

function looksAtBytes<V>({ port, filters }: ListenDefinition<V>, { name }: Transport): ProxyError {
  const { name: filter = 'filters' } = filters.find((recipe) => readingOf([recipe]) !== 'nothing') ?? {}
  const text = `Cannot use ${filter} in listen ${port} on ${name}: bytes pass there, and requests come by fetch`
  return new ProxyError(
    'UNSUPPORTED',
    `${text}; use it behind demuxHTTP, or give a Worker sockets: worker(proxy, { sockets })`,
  )
}
