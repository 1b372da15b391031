import { buildProxy } from '../../src/engine/build-proxy.ts'
import { createContext, type Inbound, type Variables } from '../../src/engine/context.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import type { Pipeline } from '../../src/engine/pipeline.ts'
import type { PipelineLayout } from '../../src/engine/pipeline-layout.ts'
import { Data, type Event, Message, MessageEnd, MessageStart, type Receiver, type Source } from '../../src/events.ts'
import { http1 } from '../../src/http/http1.ts'
import { describeEvent } from './describe-event.ts'
import { lend } from './lend.ts'
import { MemoryTransport } from './memory-transport.ts'
import { RecordingLog } from './recording-log.ts'

/** Text is a Data, a Message its events. */
export type Input = Event | Message | string

export interface ProxyUnderTestOptions<V> {
  /** @default none */
  readonly variables?: V
  /** The other pipelines, by name. */
  readonly pipelines?: Readonly<Record<string, readonly FilterRecipe<V>[]>>
}

/** Sessions of one pipeline of a proxy that is built for a test: what goes in is said, what comes out is written down. */
export class ProxyUnderTest<V = Variables> {
  readonly transport = new MemoryTransport()
  readonly log = new RecordingLog()
  readonly #variables: V
  readonly #layout: PipelineLayout<V>
  readonly #stop: () => void

  /** @param filters of the pipeline that sessions are opened of */
  constructor(filters: readonly FilterRecipe<V>[], options: ProxyUnderTestOptions<V> = {}) {
    const { variables = {} as V, pipelines = {} } = options
    this.#variables = variables
    const listeners = [{ host: '', port: 8000, options: {}, filters }]
    const definition = { variables, listeners, tasks: [], pipelines: new Map(Object.entries(pipelines)) }
    const built = buildProxy<V>(definition, { transport: this.transport, log: this.log, http1 })
    this.#layout = (built.listeners[0] as (typeof built.listeners)[number]).layout
    this.#stop = () => built.stop()
  }

  /** @param isExchange whether it stands for a request of demuxHTTP. @default false */
  open(isExchange = false, inbound: Inbound | null = null): Session<V> {
    return new Session(this.#layout, this.#variables, inbound, isExchange, this)
  }

  stop(): void {
    this.#stop()
  }
}

/** One session: the source and the output of its pipeline. */
export class Session<V = Variables> implements Receiver, Source {
  readonly pipeline: Pipeline<V>
  readonly proxy: ProxyUnderTest<V>
  /** What came out, with bytes of its own. */
  readonly output: Event[] = []
  /** How often the source is paused and not resumed. */
  pauses = 0
  #taken = 0

  constructor(
    layout: PipelineLayout<V>,
    variables: V,
    inbound: Inbound | null,
    isExchange: boolean,
    proxy: ProxyUnderTest<V>,
  ) {
    this.proxy = proxy
    this.pipeline = layout.open(createContext(variables, inbound), this, this, {
      isExchange,
      carriesHttp: false,
      carriesMessages: false,
    })
  }

  /** Sends into the pipeline; bytes are lent for the call only. */
  feed(...inputs: Input[]): this {
    for (const event of inputs.flatMap(toEvents)) lend(event, this.pipeline)
    return this
  }

  /** What came out since the last time, in words. */
  take(): string[] {
    const events = this.output.slice(this.#taken)
    this.#taken = this.output.length
    return events.map(describeEvent)
  }

  /** What came out since the last time, once nothing happens any more. */
  async settle(): Promise<string[]> {
    await this.proxy.transport.settle()
    return this.take()
  }

  process(event: Event): void {
    this.output.push(event instanceof Data ? new Data(event) : event)
  }

  pause(): void {
    this.pauses++
  }

  resume(): void {
    this.pauses--
  }

  close(): void {
    this.pipeline.close()
  }
}

/** A session of a pipeline that is built for this test only. */
export function runPipeline<V = Variables>(
  filters: readonly FilterRecipe<V>[],
  options: ProxyUnderTestOptions<V> & { readonly isExchange?: boolean } = {},
): Session<V> {
  return new ProxyUnderTest(filters, options).open(options.isExchange)
}

function toEvents(input: Input): Event[] {
  if (typeof input === 'string') return [new Data(input)]
  if (!(input instanceof Message)) return [input]
  const body = input.body === undefined ? [] : [input.body]
  return [new MessageStart(input.head), ...body, new MessageEnd(input.tail)]
}
