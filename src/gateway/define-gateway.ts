import type { GatewayConfiguration } from './gateway-configuration.ts'

/** What marks a module's default export as a gateway's configuration, also that of another copy of the package. */
const MARK = Symbol.for('sluice.gateway')

/**
 * Describes a gateway, with completion and types: what `sluice.config.ts` exports by default. It is checked when it
 * becomes a proxy, by the command or by `gateway`.
 * @returns a copy that the command knows as a gateway's
 */
export function defineGateway(configuration: GatewayConfiguration): GatewayConfiguration {
  return Object.defineProperty({ ...configuration }, MARK, { value: true })
}
