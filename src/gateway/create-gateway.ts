import { checkConfiguration, type DescribeProblem } from './check-configuration.ts'
import { Environment } from './environment.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { GatewayProxy } from './gateway-proxy.ts'

/**
 * Makes a proxy of whatever is to be a gateway's configuration.
 * @param describe says what is wrong, for readers of files with the place. @default the field's path, its value and what is
 * wrong
 * @throws INVALID_ARGUMENT with all that is wrong with it
 */
export function createGateway(input: unknown, options: GatewayOptions, describe?: DescribeProblem): GatewayProxy {
  const environment = new Environment(options.env)
  return new GatewayProxy(checkConfiguration(input, environment, describe), environment, options.folder)
}
