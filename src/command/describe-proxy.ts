import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { describeGraph } from './describe-graph.ts'
import { isGatewayProxy } from './is-gateway-proxy.ts'

/** What `--check` prints: a gateway's routes, services and warnings; any other proxy's pipelines. */
export async function describeProxy(proxy: ProxyDefinition): Promise<string> {
  if (!isGatewayProxy(proxy)) return describeGraph(proxy)
  return (await import('../gateway/describe-gateway.ts')).describeGateway(proxy)
}
