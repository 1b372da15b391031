import type { GatewayAction } from './gateway-configuration.ts'
import { HIDDEN, isSecretName } from './secret-names.ts'
import type { VariableReference } from './variable-reference.ts'

/** What a route does with a request, in lines: the first says where it goes, the others what is changed on the way. */
export function describeAction(action: GatewayAction): string[] {
  const { rewrite, requestHeaders, answerHeaders } = action
  return [
    describeEnd(action),
    ...(rewrite === undefined ? [] : [describeRewrite(rewrite)]),
    ...describeChanges('request', requestHeaders),
    ...describeChanges('answer', answerHeaders),
  ]
}

function describeEnd({ service, redirect, answer }: GatewayAction): string {
  if (service !== undefined) return `service "${service}"`
  if (redirect === undefined) return `answer ${answer?.status ?? 200}`
  return typeof redirect === 'string'
    ? `redirect 302 to ${redirect}`
    : `redirect ${redirect.status ?? 302} to ${redirect.to}`
}

function describeRewrite({ path, stripPrefix, addPrefix }: NonNullable<GatewayAction['rewrite']>): string {
  if (path !== undefined) return `path becomes ${path}`
  const steps = [
    stripPrefix === undefined ? '' : `loses ${stripPrefix} at its front`,
    addPrefix === undefined ? '' : `gets ${addPrefix} before it`,
  ]
  return `path ${steps.filter(Boolean).join(', ')}`
}

function describeChanges(side: string, changes: GatewayAction['requestHeaders']): string[] {
  if (changes === undefined) return []
  const { set = {}, remove = [] } = changes
  return [
    ...remove.map((name) => `${side} loses ${name.toLowerCase()}`),
    ...Object.entries(set).map(([name, value]) => `${side} gets ${name.toLowerCase()}: ${describeValue(name, value)}`),
  ]
}

function describeValue(name: string, value: string | VariableReference): string {
  if (typeof value === 'object') return `$${value.env}`
  return isSecretName(name) ? HIDDEN : value
}
