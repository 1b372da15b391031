/**
 * The methods of a script's configuration, as a table: for each the kinds of its arguments, and the typed method when
 * it has another name. A new filter needs one entry here.
 */
import type { Configuration } from '../configuration.ts'
import type { ForwardedOptions, ListenerOptions } from '../engine/proxy-definition.ts'
import type { CollectOptions } from '../filters/collect-options.ts'
import type { ConnectFilterOptions } from '../filters/connect.ts'
import type { DemuxHttpOptions } from '../filters/demux-http.ts'
import type { BodilessOptions } from '../filters/encode-http-response.ts'
import type { ForwardOptions } from '../filters/forward.ts'
import type { MuxHttpOptions } from '../filters/mux-http.ts'
import type { MuxOptions } from '../filters/mux-options.ts'
import type { PackOptions } from '../filters/pack.ts'
import type { ThrottleKeyOptions, ThrottleOptions } from '../filters/throttle-options.ts'
import type { WaitOptions } from '../filters/wait.ts'
import {
  type ArgumentKind,
  callback,
  condition,
  flag,
  handler,
  number,
  options,
  pipeline,
  port,
  predicate,
  provider,
  replacement,
  seconds,
  size,
  text,
  textList,
  textOrFalse,
  textProvider,
  unused,
} from './argument-kinds.ts'

/** One method as scripts call it. */
export interface ScriptMethod {
  /** The method of the typed configuration. @default the same name */
  readonly typed?: keyof Configuration
  /** The kind of each argument, or of the one at an index when there may be any number. */
  readonly arguments: readonly ArgumentKind[] | ((index: number, count: number) => ArgumentKind)
  /** How many arguments there must be. @default all of them */
  readonly required?: number
  /** A limit for what is collected may stand before the other arguments: `handleMessage('16k', fn)`. */
  readonly hasLimit?: true
}

const HANDLE: ScriptMethod = { arguments: [callback] }
const REPLACE: ScriptMethod = { arguments: [replacement], required: 0 }
const COLLECT = options<CollectOptions>({ bufferLimit: [size, 'maxBodyBytes'] })
const HANDLE_COLLECTED: ScriptMethod = { arguments: [callback, COLLECT], required: 1, hasLimit: true }
const REPLACE_COLLECTED: ScriptMethod = { arguments: [replacement, COLLECT], required: 0, hasLimit: true }
const PLAIN: ScriptMethod = { arguments: [] }
const BODILESS: ScriptMethod = { arguments: [options<BodilessOptions>({ bodiless: provider })], required: 0 }
const SHARED: ScriptMethod = {
  arguments: [pipeline, provider, options<MuxOptions>({ maxIdle: [seconds, 'maxIdleMs'], maxQueue: number })],
  required: 1,
}

const MUX_HTTP_OPTIONS = options<MuxHttpOptions>({
  maxIdle: [seconds, 'maxIdleMs'],
  maxQueue: number,
  maxConnections: number,
  queueTimeout: [seconds, 'queueTimeoutMs'],
  responseTimeout: [seconds, 'responseTimeoutMs'],
  bodyTimeout: [seconds, 'bodyTimeoutMs'],
  exchangeTimeout: [seconds, 'exchangeTimeoutMs'],
  resend: text,
  maxReplaySize: [size, 'maxReplayBytes'],
  bufferSize: unused,
  via: textOrFalse,
})

const DEMUX_HTTP_OPTIONS = options<DemuxHttpOptions>({
  bufferSize: unused,
  maxHeaderSize: [size, 'maxHeaderBytes'],
  maxHeaderCount: number,
  maxBodySize: [size, 'maxBodyBytes'],
  maxPipelinedRequests: number,
  maxRequests: number,
  headTimeout: [seconds, 'headTimeoutMs'],
  bodyTimeout: [seconds, 'bodyTimeoutMs'],
  keepAliveTimeout: [seconds, 'keepAliveTimeoutMs'],
  allowTrace: flag,
  via: textOrFalse,
})

const CONNECT_OPTIONS = options<ConnectFilterOptions>({
  connectTimeout: [seconds, 'connectTimeoutMs'],
  idleTimeout: [seconds, 'idleTimeoutMs'],
  retryCount: number,
  retryDelay: [seconds, 'retryDelayMs'],
  // A connection that is full stops its source here: there is nothing to throw away.
  bufferLimit: unused,
  keepAlive: flag,
  noDelay: flag,
})

const THROTTLE: ScriptMethod = {
  arguments: [
    provider,
    options<ThrottleOptions>({
      key: provider,
      priority: provider,
      excess: text,
      maxQueue: number,
      timeout: [seconds, 'timeoutMs'],
      status: number,
      // What waits here always pauses its source.
      blockInput: unused,
    }),
  ],
  required: 1,
}

/** Methods that append a filter: those of a configuration and of an inline pipeline. */
export const FILTER_METHODS: Readonly<Record<string, ScriptMethod>> = {
  handleSessionStart: HANDLE,
  handleSessionEnd: HANDLE,
  handleStreamStart: HANDLE,
  handleStreamEnd: HANDLE,
  handleData: HANDLE,
  handleMessageStart: HANDLE,
  handleMessageEnd: HANDLE,
  handleMessage: HANDLE_COLLECTED,
  handleMessageBody: HANDLE_COLLECTED,
  onSessionStart: { ...HANDLE, typed: 'handleSessionStart' },
  onSessionEnd: { ...HANDLE, typed: 'handleSessionEnd' },
  onData: { ...HANDLE, typed: 'handleData' },
  onMessageStart: { ...HANDLE, typed: 'handleMessageStart' },
  onMessageEnd: { ...HANDLE, typed: 'handleMessageEnd' },
  onMessage: { ...HANDLE_COLLECTED, typed: 'handleMessage' },
  onMessageBody: { ...HANDLE_COLLECTED, typed: 'handleMessageBody' },

  replaceSessionStart: REPLACE,
  replaceSessionEnd: REPLACE,
  replaceStreamStart: REPLACE,
  replaceStreamEnd: REPLACE,
  replaceData: REPLACE,
  replaceMessageStart: REPLACE,
  replaceMessageEnd: REPLACE,
  replaceMessage: REPLACE_COLLECTED,
  replaceMessageBody: REPLACE_COLLECTED,

  link: { arguments: (i) => (i % 2 === 0 ? pipeline : predicate), required: 1 },
  branch: { arguments: (i, count) => (i % 2 === 1 || i === count - 1 ? pipeline : condition), required: 1 },

  // Pipy takes demuxHTTP's options and uses none of them at first, later those named here.
  demuxHTTP: { arguments: [pipeline, DEMUX_HTTP_OPTIONS], required: 1 },
  muxHTTP: { arguments: [pipeline, provider, MUX_HTTP_OPTIONS], required: 1 },
  forward: { arguments: [provider, options<ForwardOptions>({ checkout: text, allowConnect: flag })], required: 1 },
  acceptHTTPTunnel: { arguments: [pipeline, callback] },
  connectHTTPTunnel: { arguments: [pipeline, provider] },
  serveHTTP: { arguments: [handler] },
  serveFetch: { arguments: [callback] },
  decodeHTTPRequest: PLAIN,
  decodeHTTPResponse: BODILESS,
  encodeHTTPRequest: PLAIN,
  encodeHTTPResponse: BODILESS,

  demux: { arguments: [pipeline] },
  mux: SHARED,
  merge: SHARED,
  fork: { arguments: [pipeline, provider], required: 1 },
  connect: { arguments: [textProvider, CONNECT_OPTIONS], required: 1 },

  pack: {
    arguments: [number, options<PackOptions>({ timeout: [seconds, 'timeoutMs'], vacancy: number })],
    required: 0,
  },
  split: { arguments: [callback] },
  wait: { arguments: [predicate, options<WaitOptions>({ timeout: [seconds, 'timeoutMs'] })], required: 1 },
  throttleConcurrency: THROTTLE,
  throttleMessageRate: THROTTLE,
  throttleDataRate: {
    arguments: [provider, options<ThrottleKeyOptions>({ key: provider, priority: provider, blockInput: unused })],
    required: 1,
  },
  dummy: PLAIN,
  dump: { arguments: [provider], required: 0 },
  print: PLAIN,
}

const LISTEN_OPTIONS = options<ListenerOptions>({
  maxConnections: number,
  idleTimeout: [seconds, 'idleTimeoutMs'],
  keepAlive: flag,
  noDelay: flag,
  forwarded: options<ForwardedOptions>({ style: text, trustedProxies: textList }),
})

/** All methods of a configuration. */
export const CONFIGURATION_METHODS: Readonly<Record<string, ScriptMethod>> = {
  listen: { arguments: [port, LISTEN_OPTIONS], required: 1 },
  pipeline: { arguments: [text] },
  task: { arguments: [seconds], required: 0 },
  ...FILTER_METHODS,
}

const MISSING = `
  acceptProxyProtocol acceptSOCKS acceptTLS chain compress compressHTTP
  connectProxyProtocol connectSOCKS connectTLS decodeDubbo decodeMQTT decodeMultipart decodeWebSocket decompress
  decompressHTTP decompressMessage deframe demuxFastCGI depositMessage detectProtocol encodeDubbo encodeMQTT
  encodeWebSocket exec handleTLSClientHello insert loop muxFastCGI onEnd onStart produce proxySOCKS proxySOCKS4 read
  repeat replay tap tee to use watch`

/** Methods of Pipy that Sluice does not have: they are told apart from misspelt ones. */
export const MISSING_METHODS: ReadonlySet<string> = new Set(MISSING.trim().split(/\s+/))
