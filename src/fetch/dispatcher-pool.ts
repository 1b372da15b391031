import { LIMITS } from '../limits.ts'
import { Dispatcher, type DispatcherKind, type SendRequest } from './dispatcher.ts'

export interface DispatcherPoolOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Free dispatchers of one target; beyond, the one that has been free longest leaves. @default LIMITS.maxIdleDispatchers */
  readonly maxIdle?: number
  /** A dispatcher that was free for longer is not used again. @default LIMITS.maxIdleMs */
  readonly maxIdleMs?: number
  /**
   * Targets that are counted; beyond, the one used longest ago is forgotten, of those that serve nobody if there are any.
   * @default LIMITS.maxLearnedKeys
   */
  readonly maxTargets?: number
}

/** What a pool counts of one target. `open` is `idle` and `busy` together; those that left are in the sums. */
export interface DispatcherStatistics {
  readonly target: string
  readonly kind: DispatcherKind
  readonly open: number
  readonly idle: number
  readonly busy: number
  /** Dispatchers that were made. */
  readonly created: number
  /** Uses of a dispatcher that had served before. */
  readonly reused: number
  /** Uses that have begun. */
  readonly requests: number
  /** Uses that failed. */
  readonly errors: number
  /** Of the uses that are over. */
  readonly totalMs: number
  /** Of the one that was over last. */
  readonly lastMs: number
}

/** A target's free dispatchers, the one to be used next in front, and its counts. */
interface Group {
  readonly kind: DispatcherKind
  readonly free: Dispatcher[]
  busy: number
  created: number
  reused: number
  requests: number
  errors: number
  totalMs: number
  lastMs: number
}

/**
 * Hands out dispatchers and takes them back, per target, first in, first out; the counterpart of a pool of connections
 * for runtimes that send requests by fetch. It is plain data and waits for nothing, so that all requests of an isolate
 * can share it: what is too old leaves when the pool is used.
 *
 * This is no `algo.ResourcePool`, which scripts have for what they hold for a session: it knows no time, and its
 * resources cannot leave.
 */
export class DispatcherPool {
  readonly #now: () => number
  readonly #maxIdle: number
  readonly #maxIdleMs: number
  readonly #maxTargets: number
  /** By target, the one used longest ago first. */
  readonly #groups = new Map<string, Group>()
  #lastResource = 0

  constructor(options: DispatcherPoolOptions) {
    const { now, maxIdle = LIMITS.maxIdleDispatchers, maxIdleMs = LIMITS.maxIdleMs } = options
    this.#now = now
    this.#maxIdle = maxIdle
    this.#maxIdleMs = maxIdleMs
    this.#maxTargets = options.maxTargets ?? LIMITS.maxLearnedKeys
  }

  /**
   * Takes the dispatcher of a target that has been free longest, or a new one.
   * @param kind of a new one
   * @param send what it sends with until it is given back
   */
  take(target: string, kind: DispatcherKind, send: SendRequest): Dispatcher {
    const group = this.#use(target, kind)
    this.#dropOld(group)
    const kept = group.free.shift()
    if (kept === undefined) group.created++
    else group.reused++
    const dispatcher = kept ?? new Dispatcher(target, kind, ++this.#lastResource)
    group.busy++
    group.requests++
    dispatcher.begin(send, this.#now())
    return dispatcher
  }

  /** Takes a dispatcher back for the next use. One that is not taken is left alone. */
  giveBack(dispatcher: Dispatcher, isError = false): void {
    const group = this.#end(dispatcher, isError)
    if (group === undefined) return
    group.free.push(dispatcher)
    if (group.free.length > this.#maxIdle) group.free.shift()
  }

  /** Takes a dispatcher back that is of no more use: a connection that is closed. */
  drop(dispatcher: Dispatcher, isError = false): void {
    this.#end(dispatcher, isError)
  }

  /** The counts of all targets, the one used longest ago first. */
  statistics(): DispatcherStatistics[] {
    return [...this.#groups].map(([target, group]) => {
      this.#dropOld(group)
      const { free, ...counts } = group
      return { target, ...counts, idle: free.length, open: free.length + group.busy }
    })
  }

  #end(dispatcher: Dispatcher, isError: boolean): Group | undefined {
    if (!dispatcher.isBusy) return undefined
    dispatcher.end(this.#now(), isError)
    const group = this.#groups.get(dispatcher.target)
    if (group === undefined || group.busy === 0) return undefined
    group.busy--
    if (isError) group.errors++
    group.lastMs = dispatcher.lastMs
    group.totalMs += dispatcher.lastMs
    return group
  }

  #use(target: string, kind: DispatcherKind): Group {
    const known = this.#groups.get(target)
    if (known === undefined && this.#groups.size >= this.#maxTargets) this.#forgetOne()
    const counts = { busy: 0, created: 0, reused: 0, requests: 0, errors: 0, totalMs: 0, lastMs: 0 }
    const group = known ?? { kind, free: [], ...counts }
    this.#groups.delete(target)
    this.#groups.set(target, group)
    return group
  }

  /** One that serves nobody, if there is one. Those whose users are gone without a word must not pile up either. */
  #forgetOne(): void {
    const groups = [...this.#groups]
    const [target] = groups.find(([, { busy }]) => busy === 0) ?? groups[0] ?? []
    if (target !== undefined) this.#groups.delete(target)
  }

  #dropOld({ free }: Group): void {
    const oldest = this.#now() - this.#maxIdleMs
    while (free[0] !== undefined && free[0].freeSinceMs < oldest) free.shift()
  }
}
