import type { Head } from '../events.ts'
import { describeRule } from './describe-rule.ts'
import { describeAction } from './describe-action.ts'
import { describeService } from './describe-service.ts'
import { findMismatch } from './find-mismatch.ts'
import type { GatewayPlan } from './gateway-plan.ts'
import { readRoutedRequest } from './read-routed-request.ts'
import { redirectLocation } from './redirect-location.ts'
import { rewritePath } from './rewrite-path.ts'

/** A request that nobody sends. */
export interface ExplainedRequest {
  readonly method: string
  /** With scheme and host: `http://example.com/path?query`. */
  readonly url: URL
  /** By lower-case names; Host is the URL's unless it is among them. @default none */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Says what a gateway does with a request: which route takes it and why, where it goes, what is changed on the way, how
 * long it is waited for, and why the routes that were tried before did not take it.
 */
export function explainRequest(plan: GatewayPlan, request: ExplainedRequest): string {
  const { method, url, headers = {} } = request
  // The URL's own path has no dot segments any more; that of a request may have some, and loses them as well.
  const head: Head = { method, path: `${url.pathname}${url.search}`, headers: { host: url.host, ...headers } }
  const routed = readRoutedRequest(head)
  const match = plan.table.find(routed)
  const route = plan.routes[match?.rule.index ?? -1] ?? plan.otherwise
  const rules = plan.table.rules
  const tried = match === undefined ? rules : rules.slice(0, rules.indexOf(match.rule))
  const { service, rewrite, redirect, timeouts } = route.action
  const { parameters = {} } = match ?? {}
  const options = service === undefined ? undefined : plan.configuration.services?.[service]
  const query = url.search
  const lines = [
    match === undefined
      ? 'No route takes it: the default does'
      : `Route ${describeRule(match.rule)} takes it${describeParameters(parameters)}`,
    ...indent(describeAction(route.action).filter((line) => !line.startsWith('path '))),
    ...(rewrite === undefined
      ? []
      : [`  path ${head.path} becomes ${rewritePath(routed.path, rewrite, parameters)}${query}`]),
    ...(redirect === undefined ? [] : [`  location ${redirectLocation(redirect, parameters, query)}`]),
    ...(options === undefined ? [] : indent(describeService(options, plan.origins.get(service ?? ''), timeouts))),
    ...(tried.length === 0
      ? []
      : ['', match === undefined ? 'Tried, in this order:' : 'Tried before it, in this order:']),
    ...tried.map((rule) => `  ${describeRule(rule)}: ${findMismatch(rule, routed)}`),
  ]
  return lines.join('\n')
}

function describeParameters(parameters: Readonly<Record<string, string>>): string {
  const texts = Object.entries(parameters).map(
    ([name, value]) => `${name === '*' ? '*' : `:${name}`} is ${JSON.stringify(value)}`,
  )
  return texts.length === 0 ? '' : `: ${texts.join(', ')}`
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
