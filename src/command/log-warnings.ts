import type { Log } from '../engine/log.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { isGatewayProxy } from './is-gateway-proxy.ts'

/** Tells what a gateway's configuration has that is hardly meant. */
export function logWarnings(proxy: ProxyDefinition, log: Log): void {
  if (isGatewayProxy(proxy)) for (const { text } of proxy.plan.warnings) log.warn(`Hardly meant: ${text}`)
}
