import { formatAddress } from '../streams/format-address.ts'
import { describeAction } from './describe-action.ts'
import { describeRule } from './describe-rule.ts'
import { describeService } from './describe-service.ts'
import type { GatewayProxy } from './gateway-proxy.ts'

/**
 * A gateway as text: where it listens, its routes in the order in which they are tried, with what they do, its services
 * with targets and timeouts, and what is allowed and hardly meant.
 */
export function describeGateway({ listeners, plan }: GatewayProxy): string {
  const { routes, otherwise, table, configuration, origins, warnings } = plan
  const blocks = [
    listeners.map(({ host, port }) => `listen ${formatAddress({ host, port })}`),
    [
      'routes, in the order in which they are tried',
      ...table.rules.flatMap((rule, i) => [
        `  ${i + 1}. ${describeRule(rule)}`,
        ...describeRoute(routes[rule.index]?.action ?? {}, 5),
      ]),
      '  otherwise',
      ...describeRoute(otherwise.action, 5),
    ],
    ...Object.entries(configuration.services ?? {}).map(([name, service]) => [
      `service "${name}"`,
      ...describeService(service, origins.get(name)).map((line) => `  ${line}`),
    ]),
    warnings.map(({ text }) => `warning: ${text}`),
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** What the times of a route are for. */
const WAITS: Readonly<Record<string, string>> = { responseMs: 'answer', bodyMs: 'body', exchangeMs: 'in all' }

function describeRoute(action: Parameters<typeof describeAction>[0], depth: number): string[] {
  const { timeouts = {} } = action
  const waits = Object.entries(timeouts).map(([name, timeMs]) => `${WAITS[name] ?? name} ${timeMs} ms`)
  const [end = '', ...changes] = describeAction(action)
  const lines = [`-> ${end}`, ...changes, ...(waits.length === 0 ? [] : [`timeouts ${waits.join(', ')}`])]
  return lines.map((line) => `${' '.repeat(depth)}${line}`)
}
