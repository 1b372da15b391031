import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { KeptSession } from './kept-session.ts'
import type { Log } from './log.ts'

export interface KeptSessionsOptions {
  /** Beyond, the one that was used least recently is dropped. @default LIMITS.maxKeptSessions */
  readonly maxSessions?: number | undefined
  /** A session without requests is dropped after this time, when the next request comes. @default LIMITS.maxKeptIdleMs */
  readonly maxIdleMs?: number | undefined
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Told of ends that fail. */
  readonly log: Log
  /** Told of each end of a session that takes its time. Called while somebody visits, leaves or ends sessions. */
  readonly onEnding?: (ending: Promise<void>) => void
}

interface Entry<V> {
  readonly key: string
  readonly session: KeptSession<V>
  idleSinceMs: number
}

/**
 * The sessions that are kept, by key. It sets no timers: what has been idle for too long goes when it is next looked at.
 */
export class KeptSessions<V> {
  readonly #maxSessions: number
  readonly #maxIdleMs: number
  readonly #now: () => number
  readonly #log: Log
  readonly #onEnding: (ending: Promise<void>) => void
  /** All, those that began to be used first come first. */
  readonly #entries = new Map<string, Entry<V>>()
  /** Those that nobody uses, the longest idle first. */
  readonly #idle = new Map<string, Entry<V>>()

  /** @throws INVALID_ARGUMENT for a limit that is no number from 1 up */
  constructor({ maxSessions, maxIdleMs, now, log, onEnding }: KeptSessionsOptions) {
    this.#maxSessions = checkLimit('maxSessions', maxSessions ?? LIMITS.maxKeptSessions)
    this.#maxIdleMs = checkLimit('maxIdleMs', maxIdleMs ?? LIMITS.maxKeptIdleMs)
    this.#now = now
    this.#log = log
    this.#onEnding = onEnding ?? (() => undefined)
  }

  /** How many there are, in use or not. */
  get count(): number {
    return this.#entries.size
  }

  /**
   * The session of a key, to be joined in the same turn.
   * @param variables of a new one, with their initial values
   */
  visit(key: string, variables: () => V): KeptSession<V> {
    this.#dropIdle()
    const entry = this.#entries.get(key) ?? this.#create(key, variables())
    // The order is that of their last use.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > this.#maxSessions) this.#dropOneFor(entry)
    return entry.session
  }

  /** Drops all. Those in use end when their last request is over. */
  end(): void {
    for (const entry of [...this.#entries.values()]) this.#drop(entry)
  }

  #create(key: string, variables: V): Entry<V> {
    const session = new KeptSession(variables, this.#log, {
      onUse: () => {
        if (this.#idle.get(key) === entry) this.#idle.delete(key)
      },
      onIdle: () => this.#becomeIdle(entry),
    })
    const entry: Entry<V> = { key, session, idleSinceMs: 0 }
    this.#entries.set(key, entry)
    // Until somebody joins it.
    this.#becomeIdle(entry)
    return entry
  }

  #becomeIdle(entry: Entry<V>): void {
    if (this.#entries.get(entry.key) !== entry) return
    entry.idleSinceMs = this.#now()
    this.#idle.delete(entry.key)
    this.#idle.set(entry.key, entry)
  }

  #dropIdle(): void {
    if (this.#idle.size === 0) return
    const nowMs = this.#now()
    for (const entry of this.#idle.values()) {
      if (nowMs - entry.idleSinceMs < this.#maxIdleMs) return
      this.#drop(entry)
    }
  }

  /** One that nobody uses goes first. */
  #dropOneFor(newest: Entry<V>): void {
    for (const entries of [this.#idle, this.#entries]) {
      for (const entry of entries.values()) if (entry !== newest) return this.#drop(entry)
    }
  }

  #drop(entry: Entry<V>): void {
    this.#entries.delete(entry.key)
    this.#idle.delete(entry.key)
    const ending = entry.session.drop()
    if (ending !== undefined) this.#onEnding(ending)
  }
}

function checkLimit(name: string, value: number): number {
  if (typeof value === 'number' && value >= 1) return value
  const state = `${name} is ${JSON.stringify(value)}, expected a number from 1 up`
  throw new ProxyError('INVALID_ARGUMENT', `Cannot keep sessions: ${state}`)
}
