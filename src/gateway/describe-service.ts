import type { CheckSettings } from '../algorithms/service/health-checks.ts'
import { serviceSettings } from '../algorithms/service/service-settings.ts'
import { Service } from '../algorithms/service/service.ts'
import type { TargetOrigin } from '../discovery.ts'
import { forwardSettings } from '../filters/forward-settings.ts'
import { describeOrigin } from './describe-origin.ts'
import type { CheckedService, GatewayAction } from './gateway-configuration.ts'

/**
 * A service in lines: its targets, or where they are found, and how long it is waited for.
 * @param origin of targets that the configuration does not say
 * @param timeouts of a route, which come before the service's own
 */
export function describeService(
  service: CheckedService,
  origin: TargetOrigin | undefined,
  timeouts: GatewayAction['timeouts'] = {},
): string[] {
  // What is left out gets its default where requests do.
  const { sticky, discover: _, ...rest } = service
  const options = { ...rest, targets: [], timeouts: { ...service.timeouts, ...withoutUndefined(timeouts) } }
  const { balancer } = new Service(options).statistics
  const { check } = serviceSettings(options)
  const { pool, connect, retryCount, retryOn } = forwardSettings(options)
  const bounds = Object.entries(service.limits ?? {}).flatMap(([name, limit]) =>
    limit === undefined ? [] : [`${name} ${limit}`],
  )
  const targets =
    origin === undefined ? (service.targets ?? []).map(describeTarget).join(', ') : `from ${describeOrigin(origin)}`
  return [
    `targets ${targets}; ${balancer}`,
    ...(sticky === undefined ? [] : [`sticky by ${describeSticky(sticky)}`]),
    ...(check === undefined ? [] : [describeCheck(check)]),
    retryCount === 0 ? 'no retries' : `retries ${retryCount} on ${[...retryOn].join(', ')}`,
    `timeouts connect ${describeTime(connect.connectTimeoutMs)}, answer ${describeTime(pool.responseTimeoutMs)}, ` +
      `body ${describeTime(pool.bodyTimeoutMs)}, in all ${describeTime(pool.exchangeTimeoutMs)}`,
    ...(bounds.length === 0 ? [] : [`limits ${bounds.join(', ')}`]),
  ]
}

function describeSticky(sticky: NonNullable<CheckedService['sticky']>): string {
  const name = 'name' in sticky && sticky.name !== undefined ? ` ${sticky.name}` : ''
  if (sticky.by !== 'cookie') return `${sticky.by}${name}`
  const variables = sticky.secrets.flatMap((secret) => (typeof secret === 'object' ? [`$${secret.env}`] : []))
  return `cookie${name}${variables.length === 0 ? '' : `, signed with ${variables.join(', ')}`}`
}

function describeCheck({ check, intervalMs }: CheckSettings): string {
  const what = check.type === 'http' ? `${check.method} ${check.path}` : 'a connection'
  return `checked by ${what} every ${intervalMs} ms`
}

function describeTarget(target: NonNullable<CheckedService['targets']>[number]): string {
  if (typeof target === 'string') return target
  const { address, weight = 1, priority = 0 } = target
  const traits = [...(weight === 1 ? [] : [`weight ${weight}`]), ...(priority === 0 ? [] : [`priority ${priority}`])]
  return traits.length === 0 ? address : `${address} (${traits.join(', ')})`
}

function describeTime(timeMs = 0): string {
  return timeMs === 0 ? 'no limit' : `${timeMs} ms`
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>
}
