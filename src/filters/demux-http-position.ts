import type { Variables } from '../engine/context.ts'
import type { BuildScope } from '../engine/filter-recipe.ts'
import type { Log } from '../engine/log.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { Ticker } from '../engine/ticker.ts'
import type { HeadLimits } from '../http/head-parser.ts'
import { LIMITS } from '../limits.ts'
import type { DemuxHttpFilter, DemuxHttpOptions } from './demux-http.ts'

/** What all client connections of one demuxHTTP filter position share. */
export class DemuxHttpPosition<V = Variables> {
  readonly layout: PipelineLayout<V>
  readonly log: Log
  readonly limits: HeadLimits
  readonly decodeLatin1: BuildScope['transport']['decodeLatin1']
  readonly maxPipelinedRequests: number
  readonly ticker: Ticker
  /** The proxy stops: each connection ends after the answers that it is owed. */
  isDraining = false
  readonly #filters = new Set<DemuxHttpFilter<V>>()

  constructor(scope: BuildScope<V>, layout: PipelineLayout<V>, options: DemuxHttpOptions) {
    const { maxHeaderBytes = LIMITS.maxHeaderBytes, maxHeaderCount = LIMITS.maxHeaderCount } = options
    const { headTimeoutMs = LIMITS.headTimeoutMs } = options
    this.layout = layout
    this.log = scope.log
    this.limits = { maxHeaderBytes, maxHeaderCount, maxTargetBytes: Math.min(LIMITS.maxTargetBytes, maxHeaderBytes) }
    this.decodeLatin1 = scope.transport.decodeLatin1
    this.maxPipelinedRequests = options.maxPipelinedRequests ?? LIMITS.maxPipelinedRequests
    this.ticker = new Ticker(scope.transport, [headTimeoutMs], () => {
      for (const filter of this.#filters) filter.checkHeadTimeout(headTimeoutMs)
    })
    scope.onDrain(() => this.#drain())
    scope.onStop(() => this.ticker.stop())
  }

  add(filter: DemuxHttpFilter<V>): void {
    this.#filters.add(filter)
  }

  remove(filter: DemuxHttpFilter<V>): void {
    this.#filters.delete(filter)
    if (this.#filters.size === 0) this.ticker.stop()
  }

  /** A head is coming in pieces: its time is watched. */
  watchHeads(): void {
    this.ticker.start()
  }

  #drain(): void {
    this.isDraining = true
    for (const filter of this.#filters) filter.drain()
  }
}
