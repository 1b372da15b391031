import { createProxyFetch } from '#proxy-fetch'
import type { Context, Env } from 'hono'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { clientInfo } from '../../src/fetch/client-info.ts'
import type { RuntimeCall } from '../../src/fetch/create-proxy-fetch.ts'
import type { KnownVariables, ProxyHandlerOptions } from '../../src/fetch/proxy-handler-options.ts'
import { proxiedRequest } from '../../src/fetch/proxied-request.ts'

/** What a proxy in a Hono application may be told besides the request. */
export interface SluiceOptions<V, E extends Env, R> extends ProxyHandlerOptions {
  /**
   * Initial values of the session's variables, in place of the proxy's own: the way from Hono's Bindings and Variables to
   * the proxy's callbacks. @default none
   */
  readonly variables?: (c: Context<E>) => KnownVariables<V, R>
}

/**
 * Makes a proxy a handler of Hono: `app.all('/api/*', sluice(proxy))`. Each request is a session of its own; upstream
 * connections are the runtime's, on Node and Deno and Bun TCP connections that all requests share. It answers every request
 * that it is given and never calls `next`; what the proxy cannot answer is logged and is the error's status.
 * @throws INVALID_ARGUMENT when the proxy listens nowhere, or not on the port; and what building a proxy throws
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the frameworks' own default: what is not said is not checked
export function sluice<V, E extends Env = any, R = Partial<V>>(
  proxy: ProxyDefinition<V>,
  options: SluiceOptions<V, E, R> = {},
): (c: Context<E>) => Promise<Response> {
  const { stripPrefix: prefix, variables, ...rest } = options
  const handle = createProxyFetch(proxy, rest)
  return async (c) => {
    const { raw } = c.req
    const info = clientInfo(c.env, raw)
    const executionContext = executionContextOf(c)
    const call: RuntimeCall<V> = {
      env: c.env,
      ...(executionContext && { executionContext }),
      ...(info && { info }),
      ...(variables && { variables: variables(c) }),
    }
    return await handle(proxiedRequest(raw, prefix), call)
  }
}

/** What keeps a Worker alive after the answer; elsewhere there is none, and Hono throws when it is asked. */
function executionContextOf(c: Context): RuntimeCall<unknown>['executionContext'] {
  try {
    return c.executionCtx
  } catch {
    return undefined
  }
}
