import type { Context, Variables } from '../engine/context.ts'
import type { ProxyError } from '../errors.ts'
import type { Event, MessageEnd, MessageStart, Source } from '../events.ts'
import type { HeldEvents } from '../streams/held-events.ts'
import type { UpstreamSession } from './upstream-session.ts'

/** Where a user waits before it has a connection. */
export interface UserQueue<V = Variables> {
  /** The user waits no more. */
  remove(user: UpstreamUser<V>): void
}

/**
 * Whoever sends requests over shared upstream connections, one after the other: asks a MuxHttpPosition for a connection
 * (`acquire`), and is told by `begin` when there is one, then of the answer, or that there is none. What an
 * UpstreamSession asks of the user that it serves.
 */
export interface UpstreamUser<V = Variables> {
  /** The head of the request under way. */
  readonly request: MessageStart | undefined
  readonly method: string
  /** The protocols that it asks to switch to; empty for none. */
  readonly upgrade: string
  /** Whether it may be sent again on a new connection if it meets one that is closing. */
  readonly canResend: boolean
  /** And whether that is sure, however long its body turns out to be. */
  readonly canResendSurely: boolean
  /** When the request came, in ticks of the position. */
  readonly requestedSince: number
  /** When it began to wait for a connection, in ticks of the position; and where. */
  queuedSince: number
  queuedAt: UserQueue<V> | undefined
  /** Whether whoever takes the answer is full. */
  readonly isOutputPaused: boolean
  /** Where the request comes from: paused while its connection is full. */
  readonly prev: Source
  /** The context of an upstream connection that is opened for this user. */
  copyContext(): Context<V>
  /**
   * A connection is there for the request under way.
   * @param sent what has been sent of it behind its head over a connection that is gone
   */
  begin(session: UpstreamSession<V>, sent?: HeldEvents): void
  /** An event of the answer, but not its end; of a tunnel its end as well. */
  deliver(event: Event): void
  /** The answer is complete, and the connection belongs to somebody else. */
  endAnswer(event: MessageEnd): void
  /**
   * There will be no answer, or no more of it.
   * @param hasBegun whether some of it was delivered
   */
  fail(error: ProxyError, hasBegun: boolean): void
}
