/** Sluice: a programmable proxy. The library's one door; runtimes have theirs, as `sluice/node`. */

// Describing a proxy
export { pipy } from './pipy.ts'
export { Configuration } from './configuration.ts'
export { PipelineBuilder, type BranchArguments, type LinkArguments, type PipelineArgument } from './pipeline-builder.ts'
export type { EventCallback, Key, Output, Predicate, Provider, Replacement } from './engine/callback.ts'
export type { Context, Inbound, Variables } from './engine/context.ts'
export type { ForwardedOptions, ListenerOptions } from './engine/proxy-definition.ts'
export type { TunnelHandler } from './filters/accept-http-tunnel.ts'
export type { ConnectFilterOptions } from './filters/connect.ts'
export type { DemuxHttpOptions } from './filters/demux-http.ts'
export type { ServiceProvider } from './filters/forward-filter.ts'
export type { ForwardOptions } from './filters/forward.ts'
export type { MuxHttpOptions } from './filters/mux-http.ts'
export type { QuotaProvider, ThrottleKeyOptions, ThrottleOptions } from './filters/throttle-options.ts'

// What flows
export {
  Data,
  type Encoding,
  type Event,
  type Head,
  type HeadInit,
  type Headers,
  type Lifetime,
  Message,
  MessageEnd,
  MessageStart,
  type Receiver,
  type Source,
  StreamEnd,
} from './events.ts'

// Algorithms
export * as algo from './algorithms/index.ts'

// Errors and limits
export {
  ERROR_KINDS,
  type ErrorCode,
  type ErrorRetry,
  type ErrorSource,
  ProxyError,
  type ProxyErrorOptions,
  type SourceLocation,
} from './errors.ts'
export { LIMITS } from './limits.ts'

// Writing filters
export { CallbackFilter } from './engine/callback-filter.ts'
export type {
  BuildScope,
  FilterFactory,
  FilterRecipe,
  InlinePipeline,
  PipelineReference,
  Requirement,
} from './engine/filter-recipe.ts'
export { Filter } from './engine/filter.ts'
export type { Pipeline } from './engine/pipeline.ts'
export type { PipelineLayout } from './engine/pipeline-layout.ts'
export type { Log } from './engine/log.ts'

// Running a proxy: what adapters are made of
export { byteTranslation, type ByteTranslation } from './fetch/byte-translation.ts'
export { http1 } from './http/http1.ts'
export type { HttpCodec, MessageReader, MessageWriter } from './http-codec.ts'
export { type FetchCall, fetchHandler, type FetchHandlerOptions, type ProxyFetch } from './fetch/fetch-handler.ts'
export { type BuiltProxy, buildProxy, type ProxySurroundings } from './engine/build-proxy.ts'
export { ProxyServer } from './engine/proxy-server.ts'
export type { ListenDefinition, ProxyDefinition, TaskDefinition } from './engine/proxy-definition.ts'
export type {
  Address,
  Capabilities,
  Capability,
  ConnectOptions,
  Connection,
  ConnectionHandler,
  ConnectionInfo,
  DirectConnection,
  ListenOptions,
  Listener,
  TargetScheme,
  Timer,
  Transport,
} from './transport.ts'
