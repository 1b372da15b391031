/** Sluice's gateway: a proxy from plain data. Users import it as `sluice/gateway`. */

export { defineGateway } from './define-gateway.ts'
export { gateway } from './gateway.ts'
export type { GatewayOptions } from './gateway-options.ts'
export { GatewayProxy } from './gateway-proxy.ts'
export type { GatewayAction, GatewayConfiguration, GatewayRoute, GatewayService } from './gateway-configuration.ts'
export type { GatewayPlan, PlannedRoute } from './gateway-plan.ts'
export type { GatewayVariables } from './gateway-variables.ts'
