import type { Service } from '../algorithms/service/service.ts'
import { Configuration } from '../configuration.ts'
import { Message } from '../events.ts'
import type { PipelineBuilder } from '../pipeline-builder.ts'
import { changeHeaders, type HeaderChanges } from './change-headers.ts'
import type { Environment } from './environment.ts'
import { ForwardingPipelines } from './forwarding-pipelines.ts'
import type { CheckedConfiguration, GatewayAction } from './gateway-configuration.ts'
import { type GatewayPlan, planGateway, type PlannedRoute } from './gateway-plan.ts'
import type { GatewayVariables } from './gateway-variables.ts'
import { readRoutedRequest } from './read-routed-request.ts'
import { redirectLocation } from './redirect-location.ts'
import { rewritePath } from './rewrite-path.ts'

/** A gateway's proxy: pipelines like those of `pipy()`, to which others can be added, and the plan behind them. */
export class GatewayProxy extends Configuration<GatewayVariables> {
  readonly plan: GatewayPlan
  /** By name: their targets can be changed while the proxy runs. */
  readonly services: ReadonlyMap<string, Service>

  readonly #environment: Environment

  /**
   * @param configuration that was checked
   * @param environment has the variables that it names
   * @param folder that its files lie in. @default that of the process
   */
  constructor(configuration: CheckedConfiguration, environment: Environment, folder?: string) {
    super({ route: -1, parameters: {} })
    this.#environment = environment
    this.plan = planGateway(configuration, environment, folder)
    const { routes, otherwise } = this.plan
    for (const { address, maxBodyBytes, ...options } of listenersOf(configuration)) {
      this.listen(address, options as object).demuxHTTP('routing', maxBodyBytes === undefined ? {} : { maxBodyBytes })
    }
    this.#addRouting()
    const forwarding = new ForwardingPipelines(this.plan, environment)
    this.services = forwarding.services
    for (const route of [...routes, otherwise]) this.#addRoute(route, forwarding)
    forwarding.addTo(this)
  }

  /** Chooses the route, by the conditions of all. */
  #addRouting(): void {
    const { routes, otherwise, table } = this.plan
    const cases = routes.flatMap(({ name, index }) => [
      pipelineOf(name),
      ({ route }: GatewayVariables): boolean => route === index,
    ])
    this.pipeline('routing')
      .handleMessageStart(({ head }, $) => {
        const match = table.find(readRoutedRequest(head))
        $.route = match?.rule.index ?? otherwise.index
        $.parameters = match?.parameters ?? {}
      })
      // The types count the arguments; there are as many as there are routes.
      .link(...([...cases, pipelineOf(otherwise.name, otherwise.index)] as [string]))
  }

  #addRoute({ name, index, action }: PlannedRoute, forwarding: ForwardingPipelines): void {
    const { service, redirect } = action
    const requestHeaders = withValues(action.requestHeaders, this.#environment)
    const answerHeaders = withValues(action.answerHeaders, this.#environment)
    const pipeline = this.pipeline(pipelineOf(name, index))
    if (service !== undefined) {
      changeRequests(pipeline, action.rewrite, requestHeaders)
      pipeline.link(forwarding.pipelineTo(service, action.timeouts))
    } else if (redirect !== undefined) answerWithRedirect(pipeline, redirect)
    else pipeline.replaceMessage(createAnswer(action.answer ?? {}))
    if (answerHeaders === undefined) return
    pipeline.handleMessageStart(({ head }) => {
      // Interim answers pass as they are, but for the one that is the last: the switch of protocols.
      if ((head.status ?? 200) >= 200 || head.status === 101) changeHeaders(head.headers, answerHeaders)
    })
  }
}

function pipelineOf(name: string, index = 0): string {
  return index < 0 ? 'default' : `route: ${name}`
}

function listenersOf({ listen }: CheckedConfiguration) {
  const listeners = Array.isArray(listen) ? listen : [listen]
  return listeners.map((listener) => (typeof listener === 'object' ? listener : { address: listener }))
}

/** Puts the values of variables where the configuration names them. */
function withValues(changes: GatewayAction['requestHeaders'], environment: Environment): HeaderChanges | undefined {
  if (changes?.set === undefined) return changes as HeaderChanges | undefined
  const values = Object.entries(changes.set).map(([name, value]) => [name, environment.valueOf(value)] as const)
  return { ...changes, set: Object.fromEntries(values) }
}

function changeRequests(
  pipeline: PipelineBuilder<GatewayVariables>,
  rewrite: GatewayAction['rewrite'],
  requestHeaders: HeaderChanges | undefined,
): void {
  if (rewrite === undefined && requestHeaders === undefined) return
  pipeline.handleMessageStart(({ head }, { parameters }) => {
    if (rewrite !== undefined) {
      const [path, query] = splitTarget(head.path)
      head.path = rewritePath(path, rewrite, parameters) + query
    }
    if (requestHeaders !== undefined) changeHeaders(head.headers, requestHeaders)
  })
}

function answerWithRedirect(
  pipeline: PipelineBuilder<GatewayVariables>,
  redirect: NonNullable<GatewayAction['redirect']>,
): void {
  const status = (typeof redirect === 'object' ? redirect.status : undefined) ?? 302
  pipeline.replaceMessage(({ head }, { parameters }) => {
    const [, query] = splitTarget((head as { readonly path?: string }).path)
    return new Message({ status, headers: { location: redirectLocation(redirect, parameters, query) } })
  })
}

function createAnswer({ status = 200, headers = {}, body = '' }: NonNullable<GatewayAction['answer']>): Message {
  const fields: Record<string, string> = body === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }
  for (const [name, value] of Object.entries(headers)) fields[name.toLowerCase()] = value
  return new Message({ status, headers: fields }, body)
}

function splitTarget(target = '/'): readonly [path: string, query: string] {
  const mark = target.indexOf('?')
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)]
}
