import { ProxyError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Transport } from '../../transport.ts'
import type { TargetInit } from './target-init.ts'
import { TargetSnapshot } from './target-snapshot.ts'
import type { FoundTargets, TargetSource, TargetUpdate } from './target-source.ts'

/** What takes the lists: a Service, or whatever else has targets that can be set. */
export interface FollowingService {
  /** For messages. */
  readonly name?: string | undefined
  set(targets: readonly TargetInit[]): void
}

export interface FollowTargetsOptions {
  /** Time and chance: a transport. */
  readonly clock: Pick<Transport, 'setTimer' | 'random'>
  /** Told when lists begin to fail, with why, and when they are good again; nothing in between. */
  readonly log: { warn(message: string, error?: unknown): void; info(message: string): void }
  /** Between two calls of a source that is a function, when its answer does not say. @default LIMITS.discoveryIntervalMs */
  readonly intervalMs?: number | undefined
  /** How long such a call may take; then its signal is aborted. @default LIMITS.discoveryTimeoutMs */
  readonly timeoutMs?: number | undefined
  /**
   * Takes over a list without targets. Otherwise it counts as a failure: an empty answer is far more often a mistake
   * than the wish to serve nobody. @default false
   */
  readonly allowsEmpty?: boolean | undefined
  /** Wait after the first failure; it doubles with each further one. @default LIMITS.minDiscoveryRetryMs */
  readonly minRetryMs?: number | undefined
  /** And is never longer. From half of it to all of it, by chance. @default LIMITS.maxDiscoveryRetryMs */
  readonly maxRetryMs?: number | undefined
}

/** Ends following, at once and for good; the service keeps what it has. */
export interface StopFollowing {
  (): void
  /** Settles when the service has its first list, or when there will be none: the source is over, or it was stopped. */
  readonly first: Promise<void>
}

/**
 * Keeps a service's targets as a source says: calls `service.set` with each list that is another one than the last. A
 * source that fails, or gives a list that the service refuses, changes nothing: the last good list stays, the log has one
 * line, and the source is asked again after a wait that grows. An iterable that ends is over, and its last list stays.
 * @throws INVALID_ARGUMENT for a source that is neither, or a time that is none
 */
export function followTargets(
  service: FollowingService,
  source: TargetSource,
  options: FollowTargetsOptions,
): StopFollowing {
  if (typeof source !== 'function' && !isIterable(source)) {
    throw refuse(`source is ${source === null ? 'null' : typeof source}, expected a function or an async iterable`)
  }
  const follower = new Follower(service, source, options)
  const first = follower.first
  return Object.assign(() => follower.stop(), { first })
}

class Follower {
  readonly first: Promise<void>
  readonly #service: FollowingService
  readonly #source: TargetSource
  readonly #options: FollowTargetsOptions
  readonly #intervalMs: number
  readonly #timeoutMs: number
  readonly #minRetryMs: number
  readonly #maxRetryMs: number
  readonly #names: string
  #last: TargetSnapshot | undefined
  /** What the log was told last, as long as it holds. */
  #failure: string | undefined
  #failureCount = 0
  #isStopped = false
  /** Of what the source is doing for us. */
  #call = new AbortController()
  #wake: () => void = () => {}
  #settleFirst: () => void = () => {}

  constructor(service: FollowingService, source: TargetSource, options: FollowTargetsOptions) {
    this.#service = service
    this.#source = source
    this.#options = options
    this.#intervalMs = readTime('intervalMs', options.intervalMs ?? LIMITS.discoveryIntervalMs)
    this.#timeoutMs = readTime('timeoutMs', options.timeoutMs ?? LIMITS.discoveryTimeoutMs)
    this.#minRetryMs = readTime('minRetryMs', options.minRetryMs ?? LIMITS.minDiscoveryRetryMs)
    this.#maxRetryMs = readTime('maxRetryMs', options.maxRetryMs ?? LIMITS.maxDiscoveryRetryMs)
    const from = source.description === undefined ? '' : ` from ${source.description}`
    this.#names = `targets${service.name ? ` of service "${service.name}"` : ''}${from}`
    this.first = new Promise((resolve) => {
      this.#settleFirst = resolve
    })
    void this.#run()
  }

  stop(): void {
    this.#isStopped = true
    this.#call.abort()
    this.#wake()
    this.#settleFirst()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      let delayMs: number | undefined
      try {
        delayMs = await this.#ask()
        if (delayMs === undefined) {
          if (!this.#isStopped) this.#options.log.info(`No further ${this.#names}: the source is over`)
          break
        }
      } catch (error) {
        if (this.#isStopped) break
        this.#fail(error)
        delayMs = this.#retryDelay()
      }
      await this.#pause(delayMs)
    }
    this.#settleFirst()
  }

  /** @returns when to ask again; undefined when the source is over */
  async #ask(): Promise<number | undefined> {
    const call = new AbortController()
    this.#call = call
    try {
      const answer = typeof this.#source === 'function' ? this.#source(call.signal) : this.#source
      if (isIterable(answer)) {
        await this.#takeAll(answer, call.signal)
        return undefined
      }
      const update = await this.#inTime(Promise.resolve(answer), call)
      if (this.#isStopped || !this.#take(update)) return this.#retryDelay()
      const refreshMs = isFound(update) ? update.refreshMs : undefined
      return refreshMs ?? this.#intervalMs
    } finally {
      call.abort()
    }
  }

  async #takeAll(updates: AsyncIterable<TargetUpdate>, signal: AbortSignal): Promise<void> {
    const iterator = updates[Symbol.asyncIterator]()
    let isOver = false
    try {
      for (;;) {
        const step = await untilAborted(iterator.next(), signal)
        isOver = step.done === true
        if (step.done === true) return
        if (!this.#isStopped) this.#take(step.value)
      }
    } finally {
      // A generator that waits ends only when what it waits for happens: nobody waits for that.
      if (!isOver) iterator.return?.().then(undefined, (error: unknown) => this.#fail(error))
    }
  }

  async #inTime<T>(answer: Promise<T>, call: AbortController): Promise<T> {
    const text = `no answer within ${this.#timeoutMs} ms`
    const timer = this.#options.clock.setTimer(
      () => call.abort(new ProxyError('DISCOVERY_FAILED', text)),
      this.#timeoutMs,
    )
    try {
      return await untilAborted(answer, call.signal)
    } finally {
      timer.cancel()
    }
  }

  /** @returns whether it was a good one */
  #take(update: TargetUpdate): boolean {
    try {
      if (update instanceof Error) throw update
      this.#set(isFound(update) ? update : { targets: update })
    } catch (error) {
      this.#fail(error)
      return false
    }
    if (this.#failure !== undefined) this.#options.log.info(`Got ${this.#names} again`)
    this.#failure = undefined
    this.#failureCount = 0
    this.#settleFirst()
    return true
  }

  #set({ targets, note }: FoundTargets): void {
    if (!Array.isArray(targets)) {
      throw new ProxyError('INVALID_ARGUMENT', `the source gave ${typeof targets}, expected a list of targets`)
    }
    if (targets.length === 0 && this.#options.allowsEmpty !== true) {
      throw new ProxyError('DISCOVERY_FAILED', `the list is empty${note === undefined ? '' : `, ${note}`}`)
    }
    const snapshot = new TargetSnapshot(targets)
    if (this.#last?.equals(snapshot) === true) return
    try {
      this.#service.set(targets)
    } catch (error) {
      throw ProxyError.from(error, 'DISCOVERY_FAILED', 'the service refuses the list')
    }
    this.#last = snapshot
  }

  #fail(error: unknown): void {
    this.#failureCount++
    const failure = ProxyError.from(error, 'DISCOVERY_FAILED', 'the source failed')
    const count = this.#last?.size
    const kept =
      count === undefined ? 'there is no list yet' : `the last list stays, ${count} target${count === 1 ? '' : 's'}`
    const text = `Cannot get ${this.#names}: ${failure.message}; ${kept}`
    if (text === this.#failure) return
    this.#failure = text
    this.#options.log.warn(text, failure)
  }

  #retryDelay(): number {
    const doubled = this.#minRetryMs * 2 ** Math.min(this.#failureCount - 1, 30)
    return Math.min(this.#maxRetryMs, doubled) * (0.5 + this.#options.clock.random() / 2)
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, delayMs)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

/** The promise, or the signal's reason as soon as it is aborted. What the promise becomes afterwards is nobody's. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (): void => reject(signal.reason as Error)
    if (signal.aborted) give()
    else signal.addEventListener('abort', give, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give))
  })
}

function isIterable(value: unknown): value is AsyncIterable<TargetUpdate> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function isFound(update: TargetUpdate): update is FoundTargets {
  return typeof update === 'object' && update !== null && 'targets' in update
}

function readTime(name: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS) return value
  throw refuse(`${name} is "${String(value)}", expected milliseconds above 0`)
}

/** The longest that timers of all runtimes take: 2^31 - 1. */
const MAX_TIMER_MS = 2_147_483_647

function refuse(state: string): ProxyError {
  return new ProxyError('INVALID_ARGUMENT', `Cannot follow targets: ${state}`)
}
