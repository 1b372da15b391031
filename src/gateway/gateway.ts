import { createGateway } from './create-gateway.ts'
import type { GatewayConfiguration } from './gateway-configuration.ts'
import type { GatewayOptions } from './gateway-options.ts'
import type { GatewayProxy } from './gateway-proxy.ts'

/**
 * Makes a proxy of a gateway's configuration. It runs wherever proxies do: `serve(gateway(configuration))` on Node,
 * `worker(gateway(configuration))` at the edge. Where the configuration names variables, it is given them:
 * `gateway(configuration, { env: process.env })`, and in a Worker `worker((env) => gateway(configuration, { env }))`.
 * @throws INVALID_ARGUMENT with all that is wrong with the configuration: each field's path, its value, and what to do
 */
export function gateway(configuration: GatewayConfiguration, options: GatewayOptions = {}): GatewayProxy {
  return createGateway(configuration, options)
}
