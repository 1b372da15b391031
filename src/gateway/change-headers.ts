import type { Headers } from '../events.ts'
import type { GatewayAction } from './gateway-configuration.ts'

/** Takes fields out and sets others, as a route says. */
export function changeHeaders(headers: Headers, changes: NonNullable<GatewayAction['requestHeaders']>): void {
  for (const name of changes.remove ?? []) delete headers[name.toLowerCase()]
  for (const [name, value] of Object.entries(changes.set ?? {})) {
    const field = name.toLowerCase()
    headers[field] = field === 'set-cookie' ? [value] : value
  }
}
