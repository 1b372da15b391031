import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { ProxyError } from '../../src/errors.ts'
import { BoundedLog } from './bounded-log.ts'
import { consoleLog } from './console-log.ts'
import { type IsolateStatistics, ProxyIsolate, type ProxyIsolateOptions } from './proxy-isolate.ts'

/** What `worker` may be told. */
export interface WorkerOptions<Env = unknown> extends ProxyIsolateOptions<Env> {
  /**
   * Asked first about each request; what it answers is the answer, and a request that it gives nothing for is the
   * proxy's. @param statistics gives what this isolate has counted. @default the proxy answers all requests
   */
  readonly routes?: (
    request: Request,
    env: Env,
    statistics: () => IsolateStatistics,
  ) => Promise<Response | undefined> | Response | undefined
}

/** What a Worker exports as its default. */
export interface WorkerExport<Env = unknown> {
  /** Answers a request; always. */
  fetch(request: Request, env: Env, executionContext: ExecutionContext): Promise<Response>
  /** Serves a raw connection, where the platform delivers any. */
  connect(socket: Socket, env: Env, executionContext: ExecutionContext): Promise<void>
  /** What this isolate has counted. */
  statistics(): IsolateStatistics
  /** Ends the sessions that are kept in this isolate, those in use when their last request is over. */
  endSessions(): Promise<void>
}

const NOTHING_YET: IsolateStatistics = {
  requests: 0,
  errors: 0,
  inFlight: 0,
  sessions: 0,
  dispatchers: [],
  services: [],
}

/**
 * Makes a proxy a Worker: `export default worker(proxy)`. Each request is a session of its own, as if it had come on a
 * client connection with this one request, unless the option `session` says which requests share one.
 *
 * It throws nothing: a proxy that cannot be built answers every request with 500 and the reason, which is logged once.
 * @param proxy or a function that makes it from the Worker's bindings, called once in each isolate
 */
export function worker<V, Env = unknown>(
  proxy: ProxyDefinition<V> | ((env: Env) => ProxyDefinition<V>),
  options: WorkerOptions<Env> = {},
): WorkerExport<Env> {
  const { routes } = options
  const log = new BoundedLog(options.log ?? consoleLog, () => performance.now())
  let isolate: ProxyIsolate<V, Env> | ProxyError | undefined
  const open = (env: Env): ProxyIsolate<V, Env> | ProxyError => {
    try {
      return new ProxyIsolate(check(typeof proxy === 'function' ? proxy(env) : proxy), { ...options, log })
    } catch (error) {
      const failure = ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot build the proxy')
      log.error(failure.message, failure)
      return failure
    }
  }
  const statistics = (): IsolateStatistics => (isolate instanceof ProxyIsolate ? isolate.statistics : NOTHING_YET)
  return {
    async fetch(request, env, executionContext) {
      isolate ??= open(env)
      if (routes !== undefined) {
        try {
          const answer = await routes(request, env, statistics)
          if (answer !== undefined) return answer
        } catch (error) {
          const failure = ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot run the option routes')
          log.error(failure.message, failure)
          return answerText(failure.reason)
        }
      }
      if (isolate instanceof ProxyError) return answerText(isolate.message)
      return isolate.fetch(request, { env, executionContext })
    },
    async connect(socket, env, executionContext) {
      isolate ??= open(env)
      if (isolate instanceof ProxyError) await socket.close()
      else await isolate.connect(socket, { env, executionContext })
    },
    statistics,
    async endSessions() {
      if (isolate instanceof ProxyIsolate) await isolate.endSessions()
    },
  }
}

/** What scripts without types give. */
function check<V>(proxy: ProxyDefinition<V>): ProxyDefinition<V> {
  if (Array.isArray((proxy as ProxyDefinition<V> | undefined)?.listeners)) return proxy
  throw new ProxyError('NOT_A_PROXY', `Cannot make a Worker of ${String(proxy)}: expected what pipy() gives`)
}

function answerText(text: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  return new Response(`${text}\n`, { status: 500, statusText: 'Internal Server Error', headers })
}
