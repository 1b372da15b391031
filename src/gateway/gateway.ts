import { checkConfiguration } from './check-configuration.ts'
import type { GatewayConfiguration } from './gateway-configuration.ts'
import { GatewayProxy } from './gateway-proxy.ts'

/**
 * Makes a proxy of a gateway's configuration. It runs wherever proxies do: `serve(gateway(configuration))` on Node,
 * `worker(gateway(configuration))` at the edge.
 * @throws INVALID_ARGUMENT with all that is wrong with the configuration: each field's path, its value, and what to do
 */
export function gateway(configuration: GatewayConfiguration): GatewayProxy {
  return new GatewayProxy(checkConfiguration(configuration))
}
