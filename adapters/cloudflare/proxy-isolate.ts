import { KeptSessions } from '../../src/engine/kept-sessions.ts'
import type { KeptSession } from '../../src/engine/kept-session.ts'
import type { Log } from '../../src/engine/log.ts'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { ProxyError } from '../../src/errors.ts'
import { answerFailure } from '../../src/fetch/answer-failure.ts'
import type { ProxyFetchOptions, RuntimeCall } from '../../src/fetch/create-proxy-fetch.ts'
import { DispatcherPool, type DispatcherStatistics } from '../../src/fetch/dispatcher-pool.ts'
import { fetchHandler, type ProxyFetch } from '../../src/fetch/fetch-handler.ts'
import { readUrl } from '../../src/fetch/read-url.ts'
import { LIMITS } from '../../src/limits.ts'
import type { CountedService } from '../../src/transport.ts'
import { BoundedLog } from './bounded-log.ts'
import { consoleLog } from './console-log.ts'
import {
  CloudflareTransport,
  type CloudflareTransportOptions,
  type DispatcherChoice,
  type WorkerCall,
} from './cloudflare-transport.ts'
import type { PoolClientOptions, PoolNamespace } from './pool-client.ts'
import { requestInfo } from './request-info.ts'
import type { SessionOptions } from './session-options.ts'
import type { Sockets } from './sockets.ts'
import { workersRuntime } from './workers-runtime.ts'

/** How a proxy is used in an isolate. */
export interface ProxyIsolateOptions<Env> extends ProxyFetchOptions {
  /** @default each request is a session of its own */
  readonly session?: SessionOptions<Env>
  /**
   * How targets are reached that say nothing of it: `host:port`, `http://`, `https://`. `fetch`: by the platform's fetch;
   * `socket`: by a connection of `cloudflare:sockets`, over which messages go as they were written.
   * @default 'fetch'
   */
  readonly dispatcher?: DispatcherChoice
  /**
   * The pool that connections to `host:port` and `tcp://` come from, by the name of its binding, where the Worker has one;
   * false uses none.
   * @default { binding: 'SLUICE_POOL' }
   */
  readonly pool?: PoolOption | false
  /**
   * Connections of bytes, for `tcp://` targets, `dispatcher: 'socket'`, a pool, raw connections and filters that look at
   * bytes: `import { sockets } from 'sluice/cloudflare'`.
   * @default none: requests go out by fetch
   */
  readonly sockets?: Sockets
}

/** Which pool, and how it is used. */
export interface PoolOption extends PoolClientOptions {
  /** @default 'SLUICE_POOL' */
  readonly binding?: string
}

/** What an isolate has counted since it began. */
export interface IsolateStatistics {
  readonly requests: number
  /** Answers with a status from 500 on. */
  readonly errors: number
  /** Requests that are neither answered whole nor given up. */
  readonly inFlight: number
  /** Sessions that are kept. */
  readonly sessions: number
  /** Of each target that was used, what its dispatchers did. */
  readonly dispatchers: readonly DispatcherStatistics[]
  /** Of each service that requests were sent to, its `statistics`: those used last, up to LIMITS.maxServicePools. */
  readonly services: readonly object[]
}

/**
 * A proxy in one isolate of Workers: what its requests have in common. It is built anew for each of them, because Workers
 * allow no request to use what another one opened.
 */
export class ProxyIsolate<V, Env = unknown> {
  readonly #definition: ProxyDefinition<V>
  readonly #log: Log
  readonly #handle: ProxyFetch<V, CloudflareTransport>
  readonly #session: SessionOptions<Env> | undefined
  readonly #dispatcher: DispatcherChoice
  readonly #dispatchers: DispatcherPool
  readonly #pool: PoolOption | false
  readonly #sockets: Sockets | undefined
  readonly #sessions: KeptSessions<V> | undefined
  /** The one that was used last comes last. */
  readonly #services = new Set<CountedService>()
  #endings: Promise<void>[] = []
  #requests = 0
  #errors = 0
  #inFlight = 0

  /** @throws what fetchHandler throws, and INVALID_ARGUMENT for limits of sessions that are none */
  constructor(definition: ProxyDefinition<V>, options: ProxyIsolateOptions<Env> = {}) {
    const { log = consoleLog, session, port, dispatcher = 'fetch', pool = {}, sockets } = options
    const transport = new CloudflareTransport({ dispatcher, sockets })
    this.#sockets = sockets
    this.#definition = definition
    this.#dispatcher = dispatcher
    this.#pool = pool
    this.#dispatchers = new DispatcherPool({ now: () => transport.now() })
    this.#log = log instanceof BoundedLog ? log : new BoundedLog(log, () => transport.now())
    this.#handle = fetchHandler(definition, {
      transport,
      log: this.#log,
      isIsolated: true,
      createTransport: () => this.#openTransport(),
      runtime: workersRuntime,
      bytes: sockets?.bytes,
      ...(port === undefined ? {} : { port }),
    })
    this.#session = session
    if (session === undefined) return
    this.#sessions = new KeptSessions({
      maxSessions: session.maxSessions,
      maxIdleMs: session.maxIdleMs,
      now: () => transport.now(),
      log: this.#log,
      onEnding: (ending) => this.#endings.push(ending),
    })
  }

  get statistics(): IsolateStatistics {
    const { count = 0 } = this.#sessions ?? {}
    return {
      requests: this.#requests,
      errors: this.#errors,
      inFlight: this.#inFlight,
      sessions: count,
      dispatchers: this.#dispatchers.statistics(),
      services: [...this.#services].map(({ statistics }) => statistics),
    }
  }

  /** Answers a request; always. */
  async fetch(request: Request, call: RuntimeCall<V> = {}): Promise<Response> {
    this.#requests++
    this.#inFlight++
    let isOver = false
    let onOver: (() => void) | undefined
    const onClose = (ending?: Promise<void>): void => {
      if (ending !== undefined) this.#endings.push(ending)
      this.#awaitEndings(call)
      onOver?.()
      if (!isOver) this.#inFlight--
      isOver = true
    }
    let response: Response
    try {
      const session = this.#findSession(request, call)
      const { info = requestInfo(request), variables } = call
      response = await this.#handle(request, {
        info,
        onClose,
        prepare: (transport) => transport.begin(this.#openCall(call, readUrl(request.url).host)),
        ...(session === undefined ? {} : { session }),
        ...(variables === undefined ? {} : { variables }),
      })
    } catch (error) {
      onClose()
      response = answerFailure(error, request, this.#log)
    }
    if (response.status >= 500) this.#errors++
    // The call is over for the platform when the client's WebSocket is closed, and nobody hears then how the upstream's ends.
    if (response.webSocket && !isOver) call.executionContext?.waitUntil(new Promise<void>((over) => (onOver = over)))
    return response
  }

  /** Serves a raw connection until it is closed. */
  connect(socket: Socket, call: RuntimeCall<V>): Promise<void> {
    const { executionContext } = call
    const transport = this.#openTransport()
    transport.begin(this.#openCall(call))
    const log = this.#log
    if (this.#sockets === undefined) {
      log.error('Cannot serve a connection: this Worker has no sockets; give it some, worker(proxy, { sockets })')
      return socket.close()
    }
    const served = this.#sockets.serve(socket, this.#definition, { transport, log })
    executionContext?.waitUntil(served)
    return served
  }

  /** Ends all sessions that are kept; those in use when their last request is over. */
  async endSessions(): Promise<void> {
    this.#sessions?.end()
    await Promise.all(this.#endings.splice(0))
  }

  #findSession(request: Request, { env, variables }: RuntimeCall<V>): KeptSession<V> | undefined {
    if (this.#session === undefined) return undefined
    let key: string | undefined
    try {
      key = this.#session.key(request, env as Env)
    } catch (error) {
      throw ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot run the option session.key')
    }
    if (key === undefined) return undefined
    return this.#sessions?.visit(key, () => ({ ...this.#definition.variables, ...variables }))
  }

  #openTransport(): CloudflareTransport {
    const sockets = this.#sockets
    const onService = (service: CountedService): void => this.#noteService(service)
    return new CloudflareTransport({ dispatchers: this.#dispatchers, dispatcher: this.#dispatcher, sockets, onService })
  }

  /** A function may make a service for each request: those that were not used for long make room. */
  #noteService(service: CountedService): void {
    this.#services.delete(service)
    this.#services.add(service)
    if (this.#services.size <= LIMITS.maxServicePools) return
    const [oldest] = this.#services
    if (oldest !== undefined) this.#services.delete(oldest)
  }

  #openCall({ env }: RuntimeCall<V>, clientHost?: string): WorkerCall {
    return { env, clientHost, openPooled: this.#openPool(env) }
  }

  #openPool(env: unknown): CloudflareTransportOptions['openPooled'] {
    if (this.#pool === false) return undefined
    const { binding = 'SLUICE_POOL', ...options } = this.#pool
    const namespace = (env as Readonly<Record<string, unknown>> | undefined)?.[binding]
    // Any Worker may have a variable of that name that is something else.
    if (typeof namespace !== 'object' || namespace === null || !('idFromName' in namespace)) return undefined
    if (this.#sockets !== undefined) return this.#sockets.openPool(namespace as PoolNamespace, options)
    const text = `Cannot use the pool "${binding}": this Worker has no sockets`
    throw new ProxyError('UNSUPPORTED', `${text}; import sockets from "sluice/cloudflare", worker(proxy, { sockets })`)
  }

  /** Ends that take their time are the matter of the request that brought them about. */
  #awaitEndings({ executionContext }: RuntimeCall<V>): void {
    if (this.#endings.length === 0) return
    const endings = Promise.all(this.#endings.splice(0))
    executionContext?.waitUntil(endings)
  }
}
