import { ProxyError } from '../errors.ts'
import type { HttpCodec } from '../http-codec.ts'
import type { Address, Transport } from '../transport.ts'
import type { Variables } from './context.ts'
import type { BuildScope, FilterRecipe, PipelineReference, Reading, Requirement } from './filter-recipe.ts'
import { requireCapability } from './require-capability.ts'
import type { Log } from './log.ts'
import { PipelineLayout } from './pipeline-layout.ts'
import { readingOf } from './reading-of.ts'
import type { ListenDefinition, ProxyDefinition, TaskDefinition } from './proxy-definition.ts'

/** What building a proxy needs of its surroundings. */
export interface ProxySurroundings {
  readonly transport: Transport
  readonly log: Log
  /** The codec for connections of bytes. @default none: HTTP comes and goes as messages, by fetch */
  readonly http1?: HttpCodec | undefined
}

/** A proxy whose names are resolved and whose filters are bound: ready to open sessions. */
export interface BuiltProxy<V = Variables> {
  readonly listeners: readonly { readonly definition: ListenDefinition<V>; readonly layout: PipelineLayout<V> }[]
  readonly tasks: readonly { readonly definition: TaskDefinition<V>; readonly layout: PipelineLayout<V> }[]
  /** Begins what runs while the proxy does. @returns when requests can be taken; undefined: at once */
  start(): Promise<void> | undefined
  /** Asks the filters to finish what is under way and begin nothing new. */
  drain(): void
  /** Gives up what belongs to filter positions: pooled connections, timers. */
  stop(): void
}

const BACKGROUND: Requirement = {
  capability: 'background',
  instead: "have the platform's own schedule send the proxy a request",
}

/**
 * Builds a proxy: each pipeline becomes a layout, each filter position is bound once.
 * @throws UNKNOWN_PIPELINE naming the pipelines that exist, UNSUPPORTED naming the filter that asks more of the runtime
 * than it has, or what a filter's `bind` refuses
 */
export function buildProxy<V>(definition: ProxyDefinition<V>, surroundings: ProxySurroundings): BuiltProxy<V> {
  const builder = new LayoutBuilder(definition, surroundings)
  const named = [...definition.pipelines].map(([name, filters]) => ({ layout: builder.named(name), filters }))
  const listeners = definition.listeners.map((listen) => ({
    definition: listen,
    layout: builder.create(`listen ${formatAddress(listen)}`),
  }))
  const tasks = definition.tasks.map((task, i) => ({ definition: task, layout: builder.create(`task ${i + 1}`) }))
  for (const { layout } of tasks) requireCapability(layout.title, BACKGROUND, surroundings.transport)
  for (const { layout, filters } of named) builder.complete(layout, filters)
  for (const { layout, definition: listen } of listeners) builder.complete(layout, listen.filters)
  for (const { layout, definition: task } of tasks) builder.complete(layout, task.filters)
  const start = (): Promise<void> | undefined => builder.start()
  return { listeners, tasks, start, drain: () => builder.drain(), stop: () => builder.stop() }
}

/** As `listen` takes it. */
function formatAddress({ host, port }: Address): string {
  if (host === '') return String(port)
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

class LayoutBuilder<V> implements BuildScope<V> {
  readonly transport: Transport
  readonly log: Log
  readonly #named = new Map<string, PipelineLayout<V>>()
  readonly #http1: HttpCodec | undefined
  readonly #pipelines: ProxyDefinition<V>['pipelines']
  readonly #onStart: (() => Promise<void>)[] = []
  readonly #onDrain: (() => void)[] = []
  readonly #onStop: (() => void)[] = []
  readonly #empty: PipelineLayout<V>
  #title = ''

  constructor(definition: ProxyDefinition<V>, { transport, log, http1 }: ProxySurroundings) {
    this.transport = transport
    this.log = log
    this.#http1 = http1
    this.#pipelines = definition.pipelines
    this.#empty = this.create('the empty pipeline')
    this.#empty.complete([], 'nothing')
    for (const name of definition.pipelines.keys()) this.#named.set(name, this.create(`pipeline "${name}"`))
  }

  get http1(): HttpCodec {
    if (this.#http1 !== undefined) return this.#http1
    const place = this.#title === '' ? 'the proxy' : this.#title
    const text = `Cannot use ${place} on ${this.transport.name}: it takes HTTP/1.1 as bytes, and there is no codec for them`
    throw new ProxyError('UNSUPPORTED', `${text}; in a Worker give it sockets: worker(proxy, { sockets })`)
  }

  create(title: string): PipelineLayout<V> {
    return new PipelineLayout<V>(title, this.log)
  }

  named(name: string): PipelineLayout<V> {
    const layout = this.#named.get(name)
    if (layout !== undefined) return layout
    const names = [...this.#named.keys()].map((known) => `"${known}"`).join(', ')
    const state = names === '' ? 'there are none' : `there are ${names}`
    throw new ProxyError('UNKNOWN_PIPELINE', `Cannot find pipeline "${name}" that ${this.#title} leads to: ${state}`)
  }

  complete(layout: PipelineLayout<V>, filters: readonly FilterRecipe<V>[]): void {
    const outer = this.#title
    layout.complete(
      filters.map((recipe) => {
        this.#title = `${recipe.name} in ${layout.title}`
        for (const requirement of recipe.requires ?? []) requireCapability(this.#title, requirement, this.transport)
        return recipe.bind(this)
      }),
      readingOf(filters),
    )
    // An inline pipeline is completed while the filter that it belongs to is being bound.
    this.#title = outer
  }

  layout(reference: PipelineReference<V>): PipelineLayout<V> {
    if (typeof reference === 'string') return reference === '' ? this.#empty : this.named(reference)
    const inline = this.create(`the pipeline of ${this.#title}`)
    this.complete(inline, reference.filters)
    return inline
  }

  reads(reference: PipelineReference<V>): Reading {
    if (reference === '') return 'nothing'
    return readingOf(typeof reference === 'string' ? (this.#pipelines.get(reference) ?? []) : reference.filters)
  }

  leadsTo(reference: PipelineReference<V>, isWanted: (recipe: FilterRecipe<V>) => boolean): boolean {
    const seen = new Set<PipelineReference<V>>()
    const search = (next: PipelineReference<V>): boolean => {
      if (seen.has(next)) return false
      seen.add(next)
      const filters = typeof next === 'string' ? (this.#pipelines.get(next) ?? []) : next.filters
      return filters.some((recipe) => isWanted(recipe) || recipe.pipelines?.some(search) === true)
    }
    return search(reference)
  }

  onStart(callback: () => Promise<void>): void {
    this.#onStart.push(callback)
  }

  onDrain(callback: () => void): void {
    this.#onDrain.push(callback)
  }

  onStop(callback: () => void): void {
    this.#onStop.push(callback)
  }

  start(): Promise<void> | undefined {
    if (this.#onStart.length === 0) return undefined
    return Promise.all(this.#onStart.map((callback) => callback())).then(() => undefined)
  }

  drain(): void {
    for (const callback of this.#onDrain) callback()
  }

  stop(): void {
    for (const callback of this.#onStop) callback()
  }
}
