import type { Variables } from './engine/context.ts'
import type { FilterRecipe } from './engine/filter-recipe.ts'
import { parseAddress } from './engine/parse-address.ts'
import type { ListenDefinition, ListenerOptions, ProxyDefinition, TaskDefinition } from './engine/proxy-definition.ts'
import { ProxyError } from './errors.ts'
import { ForwardedRules } from './http/forwarded-rules.ts'
import { PipelineBuilder } from './pipeline-builder.ts'

const ANY_HOST = ''
const MIN_INTERVAL_MS = 10
const MAX_INTERVAL_MS = 24 * 60 * 60 * 1000

/**
 * A proxy being described: `listen`, `pipeline` and `task` begin a pipeline, every other method appends a filter to the
 * one begun last. It describes and does nothing; adapters build and run it.
 */
export class Configuration<V = Variables> extends PipelineBuilder<V> implements ProxyDefinition<V> {
  readonly variables: V
  readonly #listeners: ListenDefinition<V>[] = []
  readonly #tasks: TaskDefinition<V>[] = []
  readonly #pipelines = new Map<string, FilterRecipe<V>[]>()
  #current: FilterRecipe<V>[] | undefined

  /** @param variables with their initial values: each new session has its own, shallow copy */
  constructor(variables: V) {
    super()
    this.variables = variables
  }

  get listeners(): readonly ListenDefinition<V>[] {
    return this.#listeners
  }

  get tasks(): readonly TaskDefinition<V>[] {
    return this.#tasks
  }

  get pipelines(): ReadonlyMap<string, readonly FilterRecipe<V>[]> {
    return this.#pipelines
  }

  /**
   * Begins the pipeline that each connection to an address goes through.
   * @param port a port on all addresses, or `'127.0.0.1:8000'`, `'[::1]:8000'`; port 0 takes a free one
   * @throws INVALID_ARGUMENT, with the value
   */
  listen(port: number | string, options: ListenerOptions = {}): this {
    const text = typeof port === 'number' || typeof port === 'string' ? String(port) : undefined
    if (text === undefined) {
      throw new ProxyError('INVALID_ARGUMENT', `Cannot listen on ${String(port)}: expected a port or "host:port"`)
    }
    const { host, port: number } = parseAddress(text, ANY_HOST)
    requireLimit('maxConnections', options.maxConnections)
    requireLimit('idleTimeoutMs', options.idleTimeoutMs)
    if (options.forwarded !== undefined) new ForwardedRules(options.forwarded)
    const filters: FilterRecipe<V>[] = []
    this.#listeners.push({ host, port: number, options, filters })
    this.#current = filters
    return this
  }

  /**
   * Begins a named pipeline, for filters that lead to others.
   * @throws DUPLICATE_PIPELINE when the name is taken, INVALID_ARGUMENT when it is empty
   */
  pipeline(name: string): this {
    if (typeof name !== 'string' || name === '') {
      throw new ProxyError('INVALID_ARGUMENT', `Cannot begin a pipeline named ${JSON.stringify(name)}: expected a name`)
    }
    if (this.#pipelines.has(name)) {
      throw new ProxyError('DUPLICATE_PIPELINE', `Cannot begin pipeline "${name}": the name is taken`)
    }
    const filters: FilterRecipe<V>[] = []
    this.#pipelines.set(name, filters)
    this.#current = filters
    return this
  }

  /**
   * Begins a pipeline that runs by itself when the proxy starts: it is fed an empty message.
   * @param intervalMs from one start to the next, 10 ms to 24 h; a run that has not output its StreamEnd by then makes
   * the next one wait for its turn. Without it the task runs once.
   * @throws INVALID_ARGUMENT when the interval is out of range
   */
  task(intervalMs?: number): this {
    const isInRange = intervalMs === undefined || (intervalMs >= MIN_INTERVAL_MS && intervalMs <= MAX_INTERVAL_MS)
    if (!isInRange) {
      const range = `${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS} ms`
      throw new ProxyError('INVALID_ARGUMENT', `Cannot run a task every ${String(intervalMs)} ms: expected ${range}`)
    }
    const filters: FilterRecipe<V>[] = []
    this.#tasks.push({ intervalMs, filters })
    this.#current = filters
    return this
  }

  protected override currentFilters(filter: string): FilterRecipe<V>[] {
    if (this.#current === undefined) {
      const text = `Cannot add ${filter}: no pipeline found; begin one with listen, pipeline or task`
      throw new ProxyError('NO_PIPELINE', text)
    }
    return this.#current
  }
}

function requireLimit(name: string, value: number | undefined): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return
  // Pipy's -1 says unlimited, as leaving the option out does.
  if (name === 'maxConnections' && value === -1) return
  throw new ProxyError('INVALID_ARGUMENT', `Cannot listen with ${name} ${String(value)}: expected a number from 0 up`)
}
