import type * as z from 'zod'
import type { gatewaySchema } from './gateway-schema.ts'

/** What a gateway is described by: plain data, as it stands in `sluice.config.ts`, `.json` or `.yaml`. */
export type GatewayConfiguration = z.input<typeof gatewaySchema>

/** The same after it was checked, with short forms written out. */
export type CheckedConfiguration = z.output<typeof gatewaySchema>

/** A route of a configuration. */
export type GatewayRoute = NonNullable<GatewayConfiguration['routes']>[number]

/** A service of a configuration: its targets, or those and how they are used. */
export type GatewayService = NonNullable<GatewayConfiguration['services']>[string]

/** A service after it was checked: always an object. */
export type CheckedService = NonNullable<CheckedConfiguration['services']>[string]

/** What happens to a request: a route without its conditions. */
export type GatewayAction = NonNullable<CheckedConfiguration['default']>
