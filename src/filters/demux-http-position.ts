import type { Variables } from '../engine/context.ts'
import type { BuildScope, PipelineReference } from '../engine/filter-recipe.ts'
import type { InboundConnection } from '../engine/inbound-connection.ts'
import type { Log } from '../engine/log.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { Ticker } from '../engine/ticker.ts'
import { ForwardedRules } from '../http/forwarded-rules.ts'
import type { HeadLimits, HttpCodec } from '../http-codec.ts'
import type { MessageHead } from '../http/message-head.ts'
import { LIMITS } from '../limits.ts'
import type { Timer } from '../transport.ts'
import { checkRequest, type RequestRules } from './check-request.ts'
import type { DemuxHttpFilter } from './demux-http-filter.ts'
import type { DemuxHttpOptions } from './demux-http.ts'
import { readVia } from './read-via.ts'

/** What all client connections of one demuxHTTP filter position share. */
export class DemuxHttpPosition<V = Variables> implements RequestRules {
  readonly layout: PipelineLayout<V>
  readonly log: Log
  readonly limits: HeadLimits
  readonly transport: BuildScope['transport']
  readonly #scope: Pick<BuildScope<V>, 'http1'>
  readonly decodeLatin1: BuildScope['transport']['decodeLatin1']
  readonly maxPipelinedRequests: number
  readonly headTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** 0 is no limit. */
  readonly maxRequests: number
  readonly maxBodyBytes: number
  readonly allowTrace: boolean
  readonly allowConnect: boolean
  /** The name in the Via of answers; empty for none. */
  readonly via: string
  readonly ticker: Ticker
  /** The proxy stops: each connection ends after the answers that it is owed. */
  isDraining = false
  /** A request that was on its way when the proxy began to stop has come by now. */
  isGraceOver = false
  #graceTimer: Timer | undefined
  readonly #filters = new Set<DemuxHttpFilter<V>>()
  /** The rules of each listener that leads here, by its options. */
  readonly #forwarded = new Map<object, ForwardedRules>()

  constructor(scope: BuildScope<V>, reference: PipelineReference<V>, options: DemuxHttpOptions) {
    const { maxHeaderBytes = LIMITS.maxHeaderBytes, maxHeaderCount = LIMITS.maxHeaderCount } = options
    this.layout = scope.layout(reference)
    this.headTimeoutMs = options.headTimeoutMs ?? LIMITS.headTimeoutMs
    this.bodyTimeoutMs = options.bodyTimeoutMs ?? LIMITS.requestBodyTimeoutMs
    this.keepAliveTimeoutMs = options.keepAliveTimeoutMs ?? LIMITS.keepAliveTimeoutMs
    this.maxRequests = options.maxRequests ?? 0
    this.maxBodyBytes = options.maxBodyBytes ?? 0
    this.allowTrace = options.allowTrace ?? false
    this.allowConnect = scope.leadsTo(reference, (recipe) => recipe.acceptsConnect === true)
    this.via = readVia('demuxHTTP', options.via ?? false)
    this.log = scope.log
    this.limits = { maxHeaderBytes, maxHeaderCount, maxTargetBytes: Math.min(LIMITS.maxTargetBytes, maxHeaderBytes) }
    this.transport = scope.transport
    this.#scope = scope
    this.decodeLatin1 = scope.transport.decodeLatin1
    this.maxPipelinedRequests = options.maxPipelinedRequests ?? LIMITS.maxPipelinedRequests
    const timeoutsMs = [this.headTimeoutMs, this.bodyTimeoutMs, this.keepAliveTimeoutMs]
    this.ticker = new Ticker(scope.transport, timeoutsMs, () => {
      for (const filter of this.#filters) filter.checkTimeouts()
    })
    scope.onDrain(() => this.#drain())
    scope.onStop(() => {
      this.ticker.stop()
      this.#graceTimer?.cancel()
    })
  }

  /** The codec for connections of bytes. @throws UNSUPPORTED when the proxy has none */
  get http1(): HttpCodec {
    return this.#scope.http1
  }

  add(filter: DemuxHttpFilter<V>): void {
    this.#filters.add(filter)
    this.ticker.start()
  }

  remove(filter: DemuxHttpFilter<V>): void {
    this.#filters.delete(filter)
    if (this.#filters.size === 0) this.ticker.stop()
  }

  /** @throws what checkRequest throws */
  check(head: MessageHead): void {
    checkRequest(head, this)
  }

  /** A request's head as everybody behind sees it: it says for whom it is forwarded, where the listener wants that. */
  toForwardedHead(head: MessageHead, inbound: InboundConnection | undefined): MessageHead {
    const settings = inbound?.forwarded
    if (inbound === undefined || settings === undefined) return head
    let rules = this.#forwarded.get(settings)
    if (rules === undefined) {
      rules = new ForwardedRules(settings)
      this.#forwarded.set(settings, rules)
    }
    return rules.apply(head, inbound.remoteAddress, inbound.isEncrypted)
  }

  #drain(): void {
    this.isDraining = true
    this.#graceTimer = this.transport.setTimer(() => {
      this.isGraceOver = true
      for (const filter of this.#filters) filter.drain()
    }, LIMITS.drainGraceMs)
  }
}
