import type { Service } from '../algorithms/service/service.ts'
import type { Discovery, TargetOrigin } from '../discovery.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { ProxyError } from '../errors.ts'
import { dummy } from '../filters/dummy.ts'
import { LIMITS } from '../limits.ts'
import type { Timer, Transport } from '../transport.ts'
import { describeOrigin } from './describe-origin.ts'
import type { GatewayVariables } from './gateway-variables.ts'

/**
 * Keeps a service's targets as an origin says, from the start of the proxy that it is a filter of to its end. The pipeline
 * that it stands in is for nothing else: no message comes there. A proxy that starts waits for the first list, for
 * LIMITS.firstTargetsTimeoutMs at most.
 * @throws UNSUPPORTED when the proxy is built for a runtime that finds no targets, with the service and what to use instead
 */
export function followService(
  service: Service,
  origin: TargetOrigin,
  allowsEmpty: boolean,
): FilterRecipe<GatewayVariables> {
  return {
    name: 'followTargets',
    label: service.name,
    bind: (scope) => {
      const { transport, log } = scope
      if (transport.discover === undefined) throw unsupported(service, origin, transport)
      let discovery: Discovery | undefined
      let timer: Timer | undefined
      scope.onStart(async () => {
        discovery = transport.discover?.(service, origin, { log, allowsEmpty })
        const enough = new Promise<void>((resolve) => {
          timer = transport.setTimer(resolve, LIMITS.firstTargetsTimeoutMs)
        })
        await Promise.race([discovery?.first, enough])
        timer?.cancel()
      })
      scope.onStop(() => discovery?.stop())
      return dummy<GatewayVariables>().bind(scope)
    },
  }
}

function unsupported({ name }: Service, origin: TargetOrigin, transport: Transport): ProxyError {
  const state = `Cannot find targets of service "${name}" from ${describeOrigin(origin)} on ${transport.name}`
  const host = origin.kind === 'addresses' ? `${origin.name}:${origin.port}` : 'web.example:8080'
  const use = `give it targets in place of discover, such as "${host}" or, in a Worker, "https://web.example" or "binding:NAME"`
  return new ProxyError('UNSUPPORTED', `${state}, which has no sources of targets: ${use}`)
}
