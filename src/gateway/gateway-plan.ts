import type { TargetOrigin } from '../discovery.ts'
import type { Environment } from './environment.ts'
import type { CheckedConfiguration, GatewayAction } from './gateway-configuration.ts'
import { findOverlapWarnings, type GatewayWarning } from './overlap-warnings.ts'
import { readRouteRules } from './read-route-rules.ts'
import { RouteTable } from './route-table.ts'
import { serviceOrigin } from './service-origin.ts'

/** A route, or the default, and what it does. */
export interface PlannedRoute {
  readonly name: string
  /** The place in the configuration, from 0; -1 of the default. */
  readonly index: number
  readonly action: GatewayAction
}

/** A configuration, understood. */
export interface GatewayPlan {
  readonly configuration: CheckedConfiguration
  /** Where targets are found, by the name of their service; those of the others stand in the configuration. */
  readonly origins: ReadonlyMap<string, TargetOrigin>
  readonly routes: readonly PlannedRoute[]
  readonly otherwise: PlannedRoute
  readonly table: RouteTable
  readonly warnings: readonly GatewayWarning[]
}

const NOT_FOUND: GatewayAction = { answer: { status: 404, body: 'No route\n' } }

/**
 * Reads the routes of a configuration that was checked, and looks for what is hardly meant.
 * @param folder that its files lie in; undefined for that of the process
 */
export function planGateway(
  configuration: CheckedConfiguration,
  environment: Environment,
  folder: string | undefined,
): GatewayPlan {
  const { routes = [], services = {}, default: otherwise = NOT_FOUND } = configuration
  const planned = routes.map((action, index) => ({ name: action.name ?? `route ${index + 1}`, index, action }))
  const table = new RouteTable(
    routes.flatMap((route, i) => readRouteRules(route, planned[i]?.name ?? '', i, environment)),
  )
  const used = new Set([...routes, otherwise].map(({ service }) => service))
  const idle = Object.keys(services).filter((name) => !used.has(name))
  return {
    configuration,
    origins: new Map(
      Object.entries(services).flatMap(([name, { discover }]) =>
        discover === undefined ? [] : [[name, serviceOrigin(discover, folder)]],
      ),
    ),
    routes: planned,
    otherwise: { name: 'default', index: -1, action: otherwise },
    table,
    warnings: [
      ...findOverlapWarnings(table.rules),
      ...idle.map((name) => ({ index: -1, text: `no route leads to service "${name}"` })),
    ],
  }
}
