import type { EventCallback, Key, Predicate, Provider, Replacement } from './engine/callback.ts'
import type { Variables } from './engine/context.ts'
import type { FilterRecipe, PipelineReference } from './engine/filter-recipe.ts'
import { ProxyError } from './errors.ts'
import type { Data, Event, Message, MessageEnd, MessageStart, StreamEnd } from './events.ts'
import { acceptHTTPTunnel, type TunnelHandler } from './filters/accept-http-tunnel.ts'
import { branch } from './filters/branch.ts'
import type { CollectOptions } from './filters/collect-options.ts'
import { connectHTTPTunnel } from './filters/connect-http-tunnel.ts'
import { connect, type ConnectFilterOptions } from './filters/connect.ts'
import { decodeHTTPRequest } from './filters/decode-http-request.ts'
import { decodeHTTPResponse } from './filters/decode-http-response.ts'
import { demuxHTTP, type DemuxHttpOptions } from './filters/demux-http.ts'
import { demux } from './filters/demux.ts'
import { dummy } from './filters/dummy.ts'
import { dump } from './filters/dump.ts'
import { encodeHTTPRequest } from './filters/encode-http-request.ts'
import { encodeHTTPResponse, type BodilessOptions } from './filters/encode-http-response.ts'
import { fork } from './filters/fork.ts'
import type { ServiceProvider } from './filters/forward-filter.ts'
import { forward, type ForwardOptions } from './filters/forward.ts'
import { handleData } from './filters/handle-data.ts'
import { handleMessageBody } from './filters/handle-message-body.ts'
import { handleMessageEnd } from './filters/handle-message-end.ts'
import { handleMessageStart } from './filters/handle-message-start.ts'
import { handleMessage } from './filters/handle-message.ts'
import { handleSessionEnd } from './filters/handle-session-end.ts'
import { handleSessionStart } from './filters/handle-session-start.ts'
import { link } from './filters/link.ts'
import { merge } from './filters/merge.ts'
import { muxHTTP, type MuxHttpOptions } from './filters/mux-http.ts'
import { mux, type MuxOptions } from './filters/mux.ts'
import { pack, type PackOptions } from './filters/pack.ts'
import { print } from './filters/print.ts'
import { replaceData } from './filters/replace-data.ts'
import { replaceMessageBody } from './filters/replace-message-body.ts'
import { replaceMessageEnd } from './filters/replace-message-end.ts'
import { replaceMessageStart } from './filters/replace-message-start.ts'
import { replaceMessage } from './filters/replace-message.ts'
import { replaceSessionEnd } from './filters/replace-session-end.ts'
import { replaceSessionStart } from './filters/replace-session-start.ts'
import { type FetchHandler, serveFetch } from './filters/serve-fetch.ts'
import { type HttpHandler, serveHTTP } from './filters/serve-http.ts'
import { split, type Splitter } from './filters/split.ts'
import { throttleConcurrency } from './filters/throttle-concurrency.ts'
import { throttleDataRate } from './filters/throttle-data-rate.ts'
import { throttleMessageRate } from './filters/throttle-message-rate.ts'
import type { QuotaProvider, ThrottleKeyOptions, ThrottleOptions } from './filters/throttle-options.ts'
import { wait, type WaitOptions } from './filters/wait.ts'

/** Names a pipeline, or describes one in place: `p => p.handleMessageStart(…).link(…)`. */
export type PipelineArgument<V = Variables> = string | ((builder: PipelineBuilder<V>) => PipelineBuilder<V>)

type Case<V> = [pipeline: PipelineArgument<V>, when: Predicate<V>]
type ThreeCases<V> = [...Case<V>, ...Case<V>, ...Case<V>]
type Cases<V> = Case<V> | [...Case<V>, ...Case<V>] | ThreeCases<V>

/** Pipelines, each followed by its predicate, and at last one without: the default. */
export type LinkArguments<V> =
  | [pipeline: PipelineArgument<V>]
  | Cases<V>
  | [...Cases<V>, otherwise: PipelineArgument<V>]
  | [...Cases<V>, ...Cases<V>]
  | [...Cases<V>, ...Cases<V>, otherwise: PipelineArgument<V>]

type Branch<V> = [when: Predicate<V> | boolean, pipeline: PipelineArgument<V>]
type ThreeBranches<V> = [...Branch<V>, ...Branch<V>, ...Branch<V>]
type Branches<V> = Branch<V> | [...Branch<V>, ...Branch<V>] | ThreeBranches<V>

/** Predicates, each followed by its pipeline, and at last a pipeline alone: the default. */
export type BranchArguments<V> =
  | Branches<V>
  | [...Branches<V>, otherwise: PipelineArgument<V>]
  | [...Branches<V>, ...Branches<V>]
  | [...Branches<V>, ...Branches<V>, otherwise: PipelineArgument<V>]

/**
 * Appends filters to a pipeline, in the order of the calls. Each method is one filter: what it does, takes and refuses
 * stands in `src/filters/`, in the file named like it.
 */
export class PipelineBuilder<V = Variables> {
  readonly #filters: FilterRecipe<V>[] = []

  /** The filters so far. */
  get filters(): readonly FilterRecipe<V>[] {
    return this.#filters
  }

  /** Appends any filter: how a filter of your own joins a pipeline. */
  filter(recipe: FilterRecipe<V>): this {
    this.currentFilters(recipe.name).push(recipe)
    return this
  }

  /** {@inheritDoc handleSessionStart} */
  handleSessionStart(callback: EventCallback<Event, V>): this {
    return this.filter(handleSessionStart(callback))
  }

  /** {@inheritDoc handleSessionEnd} */
  handleSessionEnd(callback: EventCallback<StreamEnd, V>): this {
    return this.filter(handleSessionEnd(callback))
  }

  /** The later name of handleSessionStart. */
  handleStreamStart(callback: EventCallback<Event, V>): this {
    return this.handleSessionStart(callback)
  }

  /** The later name of handleSessionEnd. */
  handleStreamEnd(callback: EventCallback<StreamEnd, V>): this {
    return this.handleSessionEnd(callback)
  }

  /** {@inheritDoc handleData} */
  handleData(callback: EventCallback<Data, V>): this {
    return this.filter(handleData(callback))
  }

  /** {@inheritDoc handleMessageStart} */
  handleMessageStart(callback: EventCallback<MessageStart, V>): this {
    return this.filter(handleMessageStart(callback))
  }

  /** {@inheritDoc handleMessageEnd} */
  handleMessageEnd(callback: EventCallback<MessageEnd, V>): this {
    return this.filter(handleMessageEnd(callback))
  }

  /** {@inheritDoc handleMessage} */
  handleMessage(callback: EventCallback<Message, V>, options?: CollectOptions): this {
    return this.filter(handleMessage(callback, options))
  }

  /** {@inheritDoc handleMessageBody} */
  handleMessageBody(callback: EventCallback<Data, V>, options?: CollectOptions): this {
    return this.filter(handleMessageBody(callback, options))
  }

  /** {@inheritDoc replaceSessionStart} */
  replaceSessionStart(replacement?: Replacement<Event, V>): this {
    return this.filter(replaceSessionStart(replacement))
  }

  /** {@inheritDoc replaceSessionEnd} */
  replaceSessionEnd(replacement?: Replacement<StreamEnd, V>): this {
    return this.filter(replaceSessionEnd(replacement))
  }

  /** The later name of replaceSessionStart. */
  replaceStreamStart(replacement?: Replacement<Event, V>): this {
    return this.replaceSessionStart(replacement)
  }

  /** The later name of replaceSessionEnd. */
  replaceStreamEnd(replacement?: Replacement<StreamEnd, V>): this {
    return this.replaceSessionEnd(replacement)
  }

  /** {@inheritDoc replaceData} */
  replaceData(replacement?: Replacement<Data, V>): this {
    return this.filter(replaceData(replacement))
  }

  /** {@inheritDoc replaceMessageStart} */
  replaceMessageStart(replacement?: Replacement<MessageStart, V>): this {
    return this.filter(replaceMessageStart(replacement))
  }

  /** {@inheritDoc replaceMessageEnd} */
  replaceMessageEnd(replacement?: Replacement<MessageEnd, V>): this {
    return this.filter(replaceMessageEnd(replacement))
  }

  /** {@inheritDoc replaceMessage} */
  replaceMessage(replacement?: Replacement<Message, V>, options?: CollectOptions): this {
    return this.filter(replaceMessage(replacement, options))
  }

  /** {@inheritDoc replaceMessageBody} */
  replaceMessageBody(replacement?: Replacement<Data, V>, options?: CollectOptions): this {
    return this.filter(replaceMessageBody(replacement, options))
  }

  // Each number of cases has an overload of its own: from a union of tuples TypeScript infers no type for the `$` of a
  // callback.
  /** {@inheritDoc link} */
  link(pipeline: PipelineArgument<V>): this
  link(pipeline: PipelineArgument<V>, when: Predicate<V>, otherwise?: PipelineArgument<V>): this
  link(...cases: [...Case<V>, ...Case<V>, otherwise?: PipelineArgument<V>]): this
  link(...cases: [...ThreeCases<V>, otherwise?: PipelineArgument<V>]): this
  link(...cases: [...ThreeCases<V>, ...Case<V>, otherwise?: PipelineArgument<V>]): this
  link(...cases: [...ThreeCases<V>, ...Case<V>, ...Case<V>, otherwise?: PipelineArgument<V>]): this
  link(...cases: [...ThreeCases<V>, ...ThreeCases<V>, otherwise?: PipelineArgument<V>]): this
  link(...cases: LinkArguments<V>): this
  link(...cases: readonly unknown[]): this {
    return this.filter(
      link<V>(cases.map((argument, i) => (i % 2 === 0 ? this.#reference(argument) : argument)) as never),
    )
  }

  /** {@inheritDoc branch} */
  branch(when: Predicate<V> | boolean, pipeline: PipelineArgument<V>, otherwise?: PipelineArgument<V>): this
  branch(...cases: [...Branch<V>, ...Branch<V>, otherwise?: PipelineArgument<V>]): this
  branch(...cases: [...ThreeBranches<V>, otherwise?: PipelineArgument<V>]): this
  branch(...cases: [...ThreeBranches<V>, ...Branch<V>, otherwise?: PipelineArgument<V>]): this
  branch(...cases: [...ThreeBranches<V>, ...Branch<V>, ...Branch<V>, otherwise?: PipelineArgument<V>]): this
  branch(...cases: [...ThreeBranches<V>, ...ThreeBranches<V>, otherwise?: PipelineArgument<V>]): this
  branch(...cases: BranchArguments<V>): this
  branch(...cases: readonly unknown[]): this {
    const isPipeline = (i: number): boolean => i % 2 === 1 || i === cases.length - 1
    return this.filter(
      branch<V>(cases.map((argument, i) => (isPipeline(i) ? this.#reference(argument) : argument)) as never),
    )
  }

  /** {@inheritDoc demuxHTTP} */
  demuxHTTP(pipeline: PipelineArgument<V>, options?: DemuxHttpOptions): this {
    return this.filter(demuxHTTP(this.#reference(pipeline), options))
  }

  /** {@inheritDoc muxHTTP} */
  muxHTTP(pipeline: PipelineArgument<V>, key?: Provider<Key, V>, options?: MuxHttpOptions): this {
    return this.filter(muxHTTP(this.#reference(pipeline), key, options))
  }

  /** {@inheritDoc forward} */
  forward(service: ServiceProvider<V>, options?: ForwardOptions): this {
    return this.filter(forward(service, options))
  }

  /** {@inheritDoc acceptHTTPTunnel} */
  acceptHTTPTunnel(pipeline: PipelineArgument<V>, handler: TunnelHandler<V>): this {
    return this.filter(acceptHTTPTunnel(this.#reference(pipeline), handler))
  }

  /** {@inheritDoc connectHTTPTunnel} */
  connectHTTPTunnel(pipeline: PipelineArgument<V>, handshake: Provider<Message, V>): this {
    return this.filter(connectHTTPTunnel(this.#reference(pipeline), handshake))
  }

  /** {@inheritDoc serveHTTP} */
  serveHTTP(handler: HttpHandler<V>): this {
    return this.filter(serveHTTP(handler))
  }

  /** {@inheritDoc serveFetch} */
  serveFetch(handler: FetchHandler<V>): this {
    return this.filter(serveFetch(handler))
  }

  /** {@inheritDoc decodeHTTPRequest} */
  decodeHTTPRequest(): this {
    return this.filter(decodeHTTPRequest())
  }

  /** {@inheritDoc decodeHTTPResponse} */
  decodeHTTPResponse(options?: BodilessOptions<V>): this {
    return this.filter(decodeHTTPResponse(options))
  }

  /** {@inheritDoc encodeHTTPRequest} */
  encodeHTTPRequest(): this {
    return this.filter(encodeHTTPRequest())
  }

  /** {@inheritDoc encodeHTTPResponse} */
  encodeHTTPResponse(options?: BodilessOptions<V>): this {
    return this.filter(encodeHTTPResponse(options))
  }

  /** {@inheritDoc demux} */
  demux(pipeline: PipelineArgument<V>): this {
    return this.filter(demux(this.#reference(pipeline)))
  }

  /** {@inheritDoc mux} */
  mux(pipeline: PipelineArgument<V>, key?: Provider<Key, V>, options?: MuxOptions): this {
    return this.filter(mux(this.#reference(pipeline), key, options))
  }

  /** {@inheritDoc merge} */
  merge(pipeline: PipelineArgument<V>, key?: Provider<Key, V>, options?: MuxOptions): this {
    return this.filter(merge(this.#reference(pipeline), key, options))
  }

  /** {@inheritDoc fork} */
  fork(pipeline: PipelineArgument<V>, variables?: Provider<Partial<V> | readonly Partial<V>[], V>): this {
    return this.filter(fork(this.#reference(pipeline), variables))
  }

  /** {@inheritDoc connect} */
  connect(target: Provider<string, V>, options?: ConnectFilterOptions): this {
    return this.filter(connect(target, options))
  }

  /** {@inheritDoc pack} */
  pack(count?: number, options?: PackOptions): this {
    return this.filter(pack<V>(count, options))
  }

  /** {@inheritDoc split} */
  split(splitter: Splitter<V>): this {
    return this.filter(split(splitter))
  }

  /** {@inheritDoc wait} */
  wait(condition: Predicate<V>, options?: WaitOptions): this {
    return this.filter(wait(condition, options))
  }

  /** {@inheritDoc throttleConcurrency} */
  throttleConcurrency(quota: QuotaProvider<V>, options?: ThrottleOptions<V>): this {
    return this.filter(throttleConcurrency(quota, options))
  }

  /** {@inheritDoc throttleDataRate} */
  throttleDataRate(quota: QuotaProvider<V>, options?: ThrottleKeyOptions<V>): this {
    return this.filter(throttleDataRate(quota, options))
  }

  /** {@inheritDoc throttleMessageRate} */
  throttleMessageRate(quota: QuotaProvider<V>, options?: ThrottleOptions<V>): this {
    return this.filter(throttleMessageRate(quota, options))
  }

  /** {@inheritDoc dummy} */
  dummy(): this {
    return this.filter(dummy())
  }

  /** {@inheritDoc dump} */
  dump(tag?: Provider<string, V>): this {
    return this.filter(dump(tag))
  }

  /** {@inheritDoc print} */
  print(): this {
    return this.filter(print())
  }

  /** The list that a filter is appended to. */
  protected currentFilters(_filter: string): FilterRecipe<V>[] {
    return this.#filters
  }

  #reference(argument: unknown): PipelineReference<V> {
    if (typeof argument === 'string') return argument
    if (typeof argument === 'function') {
      const builder = new PipelineBuilder<V>()
      argument(builder)
      return { filters: builder.filters }
    }
    const state = `got ${argument === null ? 'null' : typeof argument}`
    throw new ProxyError('INVALID_ARGUMENT', `Cannot refer to a pipeline: expected its name or a function, ${state}`)
  }
}
