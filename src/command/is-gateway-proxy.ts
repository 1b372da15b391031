import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import type { GatewayProxy } from '../gateway/gateway-proxy.ts'

/** Whether a proxy is a gateway's, also one of another copy of the package. */
export function isGatewayProxy(proxy: object): proxy is GatewayProxy & ProxyDefinition {
  return 'plan' in proxy && typeof proxy.plan === 'object' && proxy.plan !== null && 'table' in proxy.plan
}
