import { ProxyError } from '../errors.ts'
import { type Event, MessageEnd, MessageStart } from '../events.ts'
import type { Timer, Transport } from '../transport.ts'
import { createContext, type Variables } from './context.ts'
import { NOWHERE } from './nowhere.ts'
import type { Pipeline } from './pipeline.ts'
import type { PipelineLayout } from './pipeline-layout.ts'

/**
 * Runs a task pipeline: once, or every interval unless the last run is still under way. A run is fed an empty message
 * and is over when it outputs StreamEnd.
 */
export class TaskRunner<V = Variables> {
  readonly #layout: PipelineLayout<V>
  readonly #variables: V
  readonly #intervalMs: number | undefined
  readonly #transport: Transport
  #run: Pipeline<V> | undefined
  #timer: Timer | undefined

  constructor(layout: PipelineLayout<V>, variables: V, intervalMs: number | undefined, transport: Transport) {
    this.#layout = layout
    this.#variables = variables
    this.#intervalMs = intervalMs
    this.#transport = transport
  }

  /** The first run begins now. */
  start(): void {
    if (this.#intervalMs !== undefined) {
      this.#timer = this.#transport.setTimer(() => this.start(), this.#intervalMs)
    }
    if (this.#run !== undefined) return
    const run = this.#open()
    if (run === undefined) return
    this.#run = run
    this.#feed(run, new MessageStart())
    this.#feed(run, new MessageEnd())
  }

  /** No run begins any more, and one under way is given up. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#run !== undefined) this.#end(this.#run)
  }

  #open(): Pipeline<V> | undefined {
    try {
      const run: Pipeline<V> = this.#layout.open(
        createContext(this.#variables, null),
        {
          process: (event) => {
            if (event.type === 'StreamEnd') this.#end(run)
          },
        },
        NOWHERE,
      )
      return run
    } catch (error) {
      // A filter that cannot be made costs this run; called by a timer, nobody further out would catch it.
      const failure = ProxyError.from(error, 'CALLBACK_FAILED', `Cannot open ${this.#layout.title}`)
      this.#layout.log.error(failure.message, failure)
      return undefined
    }
  }

  #feed(run: Pipeline<V>, event: Event): void {
    if (this.#run !== run) return
    try {
      run.process(event)
    } catch (error) {
      run.fail(error, 'a filter')
    }
  }

  /** Only the run itself ends it: what its pipeline says later is nothing to the next one. */
  #end(run: Pipeline<V>): void {
    if (this.#run !== run) return
    this.#run = undefined
    run.close()
  }
}
