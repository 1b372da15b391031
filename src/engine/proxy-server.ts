import { LIMITS } from '../limits.ts'
import type { Address, Transport } from '../transport.ts'
import { type BuiltProxy, buildProxy, type ProxySurroundings } from './build-proxy.ts'
import type { Variables } from './context.ts'
import { ListenerServer } from './listener-server.ts'
import type { Log } from './log.ts'
import type { ProxyDefinition } from './proxy-definition.ts'
import { TaskRunner } from './task-runner.ts'

/** A proxy that runs: its listeners are open, its tasks started. */
export class ProxyServer<V = Variables> {
  readonly #transport: Transport
  readonly #log: Log
  readonly #built: BuiltProxy<V>
  readonly #listeners: readonly ListenerServer<V>[]
  readonly #tasks: readonly TaskRunner<V>[]
  #isStopping = false

  /** Builds the proxy and does nothing yet. @throws UNKNOWN_PIPELINE and what filters refuse; UNSUPPORTED */
  constructor(definition: ProxyDefinition<V>, surroundings: ProxySurroundings) {
    const { transport, log } = surroundings
    this.#transport = transport
    this.#log = log
    this.#built = buildProxy(definition, surroundings)
    this.#listeners = this.#built.listeners.map(
      (listener) => new ListenerServer(listener.definition, listener.layout, definition.variables, surroundings),
    )
    this.#tasks = this.#built.tasks.map(
      ({ definition: task, layout }) => new TaskRunner(layout, definition.variables, task.intervalMs, transport),
    )
  }

  /** Where it listens, in the order of the `listen` calls, with the ports that the system chose. */
  get addresses(): readonly Address[] {
    return this.#listeners.flatMap((listener) => listener.address ?? [])
  }

  /** Client connections open now. */
  get connectionCount(): number {
    return this.#listeners.reduce((sum, listener) => sum + listener.connectionCount, 0)
  }

  /**
   * Begins what runs beside the pipelines and waits until it is ready, opens all listeners, then starts the tasks. When one
   * listener cannot open, those that did are closed again.
   * @throws ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_UNAVAILABLE, UNSUPPORTED
   */
  async start(): Promise<void> {
    try {
      const ready = this.#built.start()
      if (ready !== undefined) {
        await ready
        // It may have been told to stop before it ran.
        if (this.#isStopping) return
      }
      for (const listener of this.#listeners) await listener.start()
    } catch (error) {
      await this.close()
      throw error
    }
    // The same.
    if (this.#isStopping) return
    for (const task of this.#tasks) task.start()
  }

  /**
   * Stops in good order: accepts nothing more, lets requests in flight finish, then closes. A tunnel, as of a WebSocket,
   * is left alone until one of its sides ends it or the time is over.
   * @param timeoutMs after which what is left is closed all the same. @default 10,000
   * @returns whether everything finished in time
   */
  async drain(timeoutMs: number = LIMITS.drainTimeoutMs): Promise<boolean> {
    this.#isStopping = true
    for (const task of this.#tasks) task.stop()
    await Promise.all(this.#listeners.map((listener) => listener.stopListening()))
    this.#built.drain()
    const isEmpty = await this.#waitUntilEmpty(timeoutMs)
    if (!isEmpty) this.#log.warn(`Closing ${this.connectionCount} connections: not done after ${timeoutMs} ms`)
    await this.close()
    return isEmpty
  }

  /** Stops at once: closes listeners, client connections, pooled upstream connections. */
  async close(): Promise<void> {
    this.#isStopping = true
    for (const task of this.#tasks) task.stop()
    await Promise.all(this.#listeners.map((listener) => listener.close()))
    this.#built.stop()
  }

  #waitUntilEmpty(timeoutMs: number): Promise<boolean> {
    const allEmpty = Promise.all(this.#listeners.map((listener) => listener.whenEmpty())).then(() => true)
    return new Promise((resolve) => {
      const timer = this.#transport.setTimer(() => resolve(false), timeoutMs)
      void allEmpty.then((isEmpty) => {
        timer.cancel()
        resolve(isEmpty)
      })
    })
  }
}
