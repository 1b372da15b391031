import { ProxyError } from '../errors.ts'
import { StreamEnd } from '../events.ts'
import type { EventCallback } from './callback.ts'
import type { Context } from './context.ts'
import type { InboundConnection } from './inbound-connection.ts'
import type { Log } from './log.ts'

/** Says who has begun a session's start, so that whoever comes too late is not heard. */
export type SessionStart = object

/** Who keeps a session. */
export interface KeptSessionWatcher {
  /** The first connection has come. */
  onUse(): void
  /** The last connection has left, and the session was not dropped. */
  onIdle(): void
}

/**
 * A session that outlives its client connections: where each request is a connection of its own, those of one client
 * can share the variables that they would share on one that is kept alive. What `handleSessionStart` and
 * `handleSessionEnd` of the listen pipeline do is done once for all of them.
 */
export class KeptSession<V> {
  readonly #variables: V
  readonly #log: Log
  /** By the recipe of the filter: whoever is at it; `true` when it is over. */
  readonly #starts = new Map<object, SessionStart | true>()
  readonly #ends = new Map<object, EventCallback<StreamEnd, V>>()
  #context: Context<V> | undefined
  #visitors = 0
  #isDropped = false
  #isEnded = false
  readonly #watcher: KeptSessionWatcher

  /** @param variables with their initial values */
  constructor(variables: V, log: Log, watcher: KeptSessionWatcher) {
    this.#variables = variables
    this.#log = log
    this.#watcher = watcher
  }

  /**
   * A connection comes, and leaves when it is over.
   * @returns its context: the variables are those of the session, `__inbound` is its own
   */
  join(inbound: InboundConnection): Context<V> {
    if (this.#visitors++ === 0) this.#watcher.onUse()
    // What the session's end sees as the client is the one that came first.
    const shared: Context<V> = (this.#context ??= { ...this.#variables, __inbound: inbound })
    const context = { __inbound: inbound }
    for (const name of Object.keys(shared) as (keyof V)[]) {
      if (name === '__inbound') continue
      Object.defineProperty(context, name, {
        enumerable: true,
        get: () => shared[name],
        set: (value: V[keyof V]) => {
          ;(shared as V)[name] = value
        },
      })
    }
    return context as unknown as Context<V>
  }

  /** @returns what settles when the session's end is over, if that began now and takes its time */
  leave(): Promise<void> | undefined {
    if (--this.#visitors > 0) return undefined
    if (this.#isDropped) return this.#end()
    this.#watcher.onIdle()
    return undefined
  }

  /** Nobody will join any more. It ends now, or when the last connection has left. @returns as `leave` */
  drop(): Promise<void> | undefined {
    this.#isDropped = true
    return this.#visitors === 0 ? this.#end() : undefined
  }

  /**
   * Takes on the start at one filter.
   * @returns `true` when it is over already, `undefined` while somebody else is at it
   */
  beginStart(recipe: object): SessionStart | true | undefined {
    const known = this.#starts.get(recipe)
    if (known !== undefined) return known === true ? true : undefined
    const start = {}
    this.#starts.set(recipe, start)
    return start
  }

  /** The start that was taken on is over, or was not to be: then the next request tries. */
  endStart(recipe: object, start: SessionStart, isDone: boolean): void {
    if (this.#starts.get(recipe) !== start) return
    if (isDone) this.#starts.set(recipe, true)
    else this.#starts.delete(recipe)
  }

  /** What to call at the end. Once for each filter, however many requests pass it. */
  addEnd(recipe: object, callback: EventCallback<StreamEnd, V>): void {
    this.#ends.set(recipe, callback)
  }

  #end(): Promise<void> | undefined {
    if (this.#isEnded || this.#context === undefined) return undefined
    this.#isEnded = true
    const context = this.#context
    const promises: Promise<unknown>[] = []
    for (const callback of this.#ends.values()) {
      try {
        const result = callback(new StreamEnd(), context)
        if (result instanceof Promise) promises.push(result.catch((error: unknown) => this.#fail(error)))
      } catch (error) {
        this.#fail(error)
      }
    }
    return promises.length === 0 ? undefined : Promise.all(promises).then(() => undefined)
  }

  #fail(error: unknown): void {
    const text = 'Cannot run the callback of handleSessionEnd for a session that was kept'
    const failure = ProxyError.from(error, 'CALLBACK_FAILED', text)
    this.#log.error(failure.message, failure)
  }
}
