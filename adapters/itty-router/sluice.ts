import { createProxyFetch } from '#proxy-fetch'
import type { IRequest } from 'itty-router'
import type { ProxyDefinition } from '../../src/engine/proxy-definition.ts'
import { clientInfo } from '../../src/fetch/client-info.ts'
import type { RuntimeCall } from '../../src/fetch/create-proxy-fetch.ts'
import type { KnownVariables, ProxyHandlerOptions } from '../../src/fetch/proxy-handler-options.ts'
import { proxiedRequest } from '../../src/fetch/proxied-request.ts'

/** What a proxy in an application of itty-router may be told besides the request. */
export interface SluiceOptions<V, Q extends IRequest, B, R> extends ProxyHandlerOptions {
  /**
   * Initial values of the session's variables, in place of the proxy's own: the way from the request's `params`, from what
   * middleware has added to it, and from the bindings to the proxy's callbacks. @default none
   */
  readonly variables?: (request: Q, env: B) => KnownVariables<V, R>
}

/**
 * Makes a proxy a handler of itty-router: `router.all('/api/*', sluice(proxy))`, for IttyRouter, Router and AutoRouter. Each
 * request is a session of its own; upstream connections are the runtime's, on Node and Deno and Bun TCP connections that all
 * requests share. It answers every request that it is given; what the proxy cannot answer is logged and is the error's status.
 * @throws INVALID_ARGUMENT when the proxy listens nowhere, or not on the port; and what building a proxy throws
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the frameworks' own default: what is not said is not checked
export function sluice<V, Q extends IRequest = IRequest, B = any, R = Partial<V>>(
  proxy: ProxyDefinition<V>,
  options: SluiceOptions<V, Q, B, R> = {},
): (request: Q, env?: B, executionContext?: RuntimeCall<V>['executionContext']) => Promise<Response> {
  const { stripPrefix: prefix, variables, ...rest } = options
  const handle = createProxyFetch(proxy, rest)
  return async (request, env, executionContext) => {
    const raw = rawRequest(request)
    const info = clientInfo(env, raw)
    const call: RuntimeCall<V> = {
      env,
      ...(executionContext && { executionContext }),
      ...(info && { info }),
      ...(variables && { variables: variables(request, env as B) }),
    }
    return await handle(proxiedRequest(raw, prefix), call)
  }
}

/**
 * The Request itself. AutoRouter and `withParams` put a Proxy before it, which throws when a property is null, as the body of
 * a GET is, and which no runtime takes for a Request; but methods it binds to the Request, and this one returns that.
 */
function rawRequest(request: IRequest): Request {
  return request.valueOf() as Request
}
