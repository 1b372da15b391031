import { Service } from '../algorithms/service/service.ts'
import type { Configuration } from '../configuration.ts'
import { ProxyError } from '../errors.ts'
import type { StickyOptions } from '../algorithms/service/sticky-options.ts'
import type { Environment } from './environment.ts'
import { followService } from './follow-service.ts'
import type { CheckedService, GatewayAction } from './gateway-configuration.ts'
import type { GatewayPlan } from './gateway-plan.ts'
import type { GatewayVariables } from './gateway-variables.ts'

type RouteTimeouts = GatewayAction['timeouts']

/** The pipelines that lead to services: one for each service, which its routes share, and with it its connections. */
export class ForwardingPipelines {
  /** By name. */
  readonly services: ReadonlyMap<string, Service>
  readonly #plan: GatewayPlan
  readonly #needed = new Map<string, { readonly service: Service; readonly timeouts: RouteTimeouts }>()

  /** @throws INVALID_ARGUMENT for what a service refuses that the schema does not know of */
  constructor(plan: GatewayPlan, environment: Environment) {
    this.#plan = plan
    this.services = new Map(
      Object.entries(plan.configuration.services ?? {}).map(([name, options]) => [
        name,
        createService(name, options, environment),
      ]),
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
    for (const service of new Set([...this.#needed.values()].map((needed) => needed.service))) {
      const origin = this.#plan.origins.get(service.name)
      const { allowsEmpty = false } = this.#plan.configuration.services?.[service.name]?.discover ?? {}
      if (origin === undefined) continue
      proxy.pipeline(`targets of ${service.name}`).filter(followService(service, origin, allowsEmpty))
    }
  }
}

function createService(
  name: string,
  { discover: _, targets = [], sticky, ...options }: CheckedService,
  environment: Environment,
): Service {
  return new Service({ ...options, targets, name, sticky: withSecrets(sticky, environment) })
}

function withSecrets(sticky: CheckedService['sticky'], environment: Environment): StickyOptions | undefined {
  if (sticky?.by !== 'cookie') return sticky
  return { ...sticky, secrets: sticky.secrets.map((secret) => environment.valueOf(secret)) }
}
