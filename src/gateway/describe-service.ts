import { LIMITS } from '../limits.ts'
import type { CheckedConfiguration, GatewayAction } from './gateway-configuration.ts'

/** How often targets are checked when nothing says. */
const CHECK_INTERVAL_MS = 5000

type Service = NonNullable<CheckedConfiguration['services']>[string]

/**
 * A service in lines: its targets and how long it is waited for.
 * @param timeouts of a route, which come before the service's own
 */
export function describeService(service: Service, timeouts: GatewayAction['timeouts'] = {}): string[] {
  const {
    connectMs = LIMITS.connectTimeoutMs,
    responseMs = LIMITS.responseTimeoutMs,
    bodyMs = LIMITS.bodyTimeoutMs,
    exchangeMs = 0,
  } = { ...service.timeouts, ...withoutUndefined(timeouts) }
  const { targets, balancer = 'round-robin', sticky, health, retry = {}, limits = {} } = service
  const { attempts = 2, on = ['connect-failure', 'reset'] } = retry
  const bounds = Object.entries(limits).flatMap(([name, limit]) => (limit === undefined ? [] : [`${name} ${limit}`]))
  return [
    `targets ${targets.map(describeTarget).join(', ')}; ${balancer}`,
    ...(sticky === undefined ? [] : [`sticky by ${sticky.by}${'name' in sticky ? ` ${sticky.name}` : ''}`]),
    ...(health?.check === undefined ? [] : [describeCheck(health.check)]),
    attempts === 0 ? 'no retries' : `retries ${attempts} on ${on.join(', ')}`,
    `timeouts connect ${describeTime(connectMs)}, answer ${describeTime(responseMs)}, ` +
      `body ${describeTime(bodyMs)}, in all ${describeTime(exchangeMs)}`,
    ...(bounds.length === 0 ? [] : [`limits ${bounds.join(', ')}`]),
  ]
}

function describeCheck(check: NonNullable<NonNullable<Service['health']>['check']>): string {
  const { type, intervalMs = CHECK_INTERVAL_MS } = check
  const what = type === 'http' ? `${check.method ?? 'GET'} ${check.path ?? '/'}` : 'a connection'
  return `checked by ${what} every ${intervalMs} ms`
}

function describeTarget(target: Service['targets'][number]): string {
  if (typeof target === 'string') return target
  return target.weight === undefined || target.weight === 1
    ? target.address
    : `${target.address} (weight ${target.weight})`
}

function describeTime(timeMs: number): string {
  return timeMs === 0 ? 'no limit' : `${timeMs} ms`
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<T>
}
