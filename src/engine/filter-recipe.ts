import type { HttpCodec } from '../http-codec.ts'
import type { Capability, Transport } from '../transport.ts'
import type { Variables } from './context.ts'
import type { Filter } from './filter.ts'
import type { Log } from './log.ts'
import type { Pipeline } from './pipeline.ts'
import type { PipelineLayout } from './pipeline-layout.ts'

/** Makes the live filter of one pipeline. */
export type FilterFactory<V = Variables> = (pipeline: Pipeline<V>) => Filter<V>

/** A pipeline given inline instead of by name. */
export interface InlinePipeline<V = Variables> {
  readonly filters: readonly FilterRecipe<V>[]
}

/** Names another pipeline, or is one; the empty name is the pipeline that passes everything on. */
export type PipelineReference<V = Variables> = string | InlinePipeline<V>

/** What a recipe is given when the proxy is built: once for each position in each build, so state made in `bind` is
 * shared by all sessions that pass that position and by nobody else. */
export interface BuildScope<V = Variables> {
  readonly transport: Transport
  readonly log: Log
  /** The codec for connections of bytes. @throws UNSUPPORTED when the proxy was built without one */
  readonly http1: HttpCodec
  /** The layout behind a reference. @throws UNKNOWN_PIPELINE naming the pipelines that exist */
  layout(reference: PipelineReference<V>): PipelineLayout<V>
  /** Whether a filter of a kind can be reached from a pipeline, through whichever pipelines. */
  leadsTo(reference: PipelineReference<V>, isWanted: (recipe: FilterRecipe<V>) => boolean): boolean
  /** How much is looked at in a pipeline, by its own filters. */
  reads(reference: PipelineReference<V>): Reading
  /** Calls back when the proxy starts; it waits for the promise before it takes requests. */
  onStart(callback: () => Promise<void>): void
  /** Calls back when the proxy is to finish what is under way and begin nothing new. */
  onDrain(callback: () => void): void
  /** Calls back when the proxy stops, to give up what belongs to the position: connections, timers. */
  onStop(callback: () => void): void
}

/** Something that a filter cannot do without. */
export interface Requirement {
  readonly capability: Capability
  /** What to use where the runtime has it not, for the message: `use muxHTTP in front of it`. */
  readonly instead: string
}

/**
 * How much a filter looks at of what passes it: `nothing` of it, `heads` of messages, or `bodies`, the end of them and bytes
 * of all kinds as well. What nobody looks at can go its way as the runtime has it.
 */
export type Reading = 'nothing' | 'heads' | 'bodies'

/** One filter of a configuration: immutable, made by the function that carries the filter's name. */
export interface FilterRecipe<V = Variables> {
  /** As in scripts: `muxHTTP`. */
  readonly name: string
  /** The pipelines it leads to, for the graph. */
  readonly pipelines?: readonly PipelineReference<V>[]
  /** What to add to the name in the graph: a constant target, a file. */
  readonly label?: string
  /** Whether it answers CONNECT: a demuxHTTP that leads to no such filter refuses it. */
  readonly acceptsConnect?: boolean
  /** What it asks of the runtime: a proxy for one that has it not is refused when it is built. */
  readonly requires?: readonly Requirement[]
  /** @default 'bodies' */
  readonly reads?: Reading
  bind(scope: BuildScope<V>): FilterFactory<V>
}
