import { Service } from '../algorithms/service/service.ts'
import type { Configuration } from '../configuration.ts'
import { ProxyError } from '../errors.ts'
import type { CheckedConfiguration, GatewayAction } from './gateway-configuration.ts'
import type { GatewayVariables } from './gateway-variables.ts'

type RouteTimeouts = GatewayAction['timeouts']

/** The pipelines that lead to services: one for each service, which its routes share, and with it its connections. */
export class ForwardingPipelines {
  /** By name. */
  readonly services: ReadonlyMap<string, Service>
  readonly #needed = new Map<string, { readonly service: Service; readonly timeouts: RouteTimeouts }>()

  /** @throws INVALID_ARGUMENT for what a service refuses that the schema does not know of */
  constructor(services: NonNullable<CheckedConfiguration['services']>) {
    this.services = new Map(
      Object.entries(services).map(([name, options]) => [name, new Service({ ...options, name })]),
    )
  }

  /** The name of the pipeline that a route goes on in. A route that waits otherwise than its service says has its own. */
  pipelineTo(name: string, timeouts: RouteTimeouts): string {
    const service = this.services.get(name)
    if (service === undefined) {
      throw new ProxyError('INVALID_ARGUMENT', `Cannot forward to "${name}": there is no such service`)
    }
    const waits = Object.entries(timeouts ?? {}).map(([field, timeMs]) => `${field} ${timeMs}`)
    const pipeline = ['service:', name, ...waits.sort()].join(' ')
    this.#needed.set(pipeline, { service, timeouts })
    return pipeline
  }

  /** Adds the pipelines that were asked for. */
  addTo(proxy: Configuration<GatewayVariables>): void {
    for (const [name, { service, timeouts }] of this.#needed) {
      proxy.pipeline(name).forward(service, timeouts === undefined ? {} : { timeouts })
    }
  }
}
