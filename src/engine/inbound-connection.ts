import type { ConnectionInfo } from '../transport.ts'
import type { Inbound } from './context.ts'
import type { KeptSession } from './kept-session.ts'
import type { ForwardedOptions } from './proxy-definition.ts'

let lastId = 0

/** What callbacks see as `__inbound`. Addresses are asked of the connection when they are first read. */
export class InboundConnection implements Inbound {
  readonly id: number = ++lastId
  /** Requests that demuxHTTP has taken and not answered: the connection is not idle while there are any. */
  requestsInFlight = 0
  /**
   * How often its bytes have been read. At each time nothing is on the stack: what was over before is over for good.
   */
  readCount = 0
  /** Set by demuxHTTP after the last answer: what the client still sends is thrown away, and not for long. */
  isInputUnwanted = false
  /** Whether a pipeline of its has seen bodies pass, or would: then they cannot go their way without being seen. */
  readsBodies = false
  /** What its listener wants upstreams to be told about it. */
  readonly forwarded: ForwardedOptions | undefined
  readonly #connection: { readonly info: ConnectionInfo }
  readonly #closeCallbacks: (() => void)[] = []
  #isClosed = false
  #endings: Set<Promise<unknown>> | undefined
  #kept: { readonly session: unknown; readonly context: object } | undefined

  constructor(connection: { readonly info: ConnectionInfo }, forwarded?: ForwardedOptions) {
    this.#connection = connection
    this.forwarded = forwarded
  }

  /** Its requests belong to a session that lasts longer than it. */
  keep<V>(session: KeptSession<V>, context: object): void {
    this.#kept = { session, context }
  }

  /** The kept session whose own variables the context holds; undefined for a copy, as demuxHTTP makes one. */
  keptSession<V>(context: object): KeptSession<V> | undefined {
    return this.#kept?.context === context ? (this.#kept.session as KeptSession<V>) : undefined
  }

  /** A session of this client is ending, and takes its time. */
  addEnding(promise: Promise<unknown>): void {
    this.#endings ??= new Set()
    const endings = this.#endings
    const forget = (): boolean => endings.delete(promise)
    endings.add(promise)
    promise.then(forget, forget)
  }

  /** Settles when the sessions that are ending have ended, however; undefined when there are none. */
  get ending(): Promise<void> | undefined {
    if (this.#endings === undefined || this.#endings.size === 0) return undefined
    return Promise.allSettled(this.#endings).then(() => undefined)
  }

  /** Calls back once when the session is over: for whoever keeps something for as long as the client stays. */
  whenClosed(callback: () => void): void {
    if (this.#isClosed) callback()
    else this.#closeCallbacks.push(callback)
  }

  /** Says that the session is over. Only the session itself calls this. */
  tellClosed(): void {
    this.#isClosed = true
    for (const callback of this.#closeCallbacks.splice(0)) callback()
  }

  get remoteAddress(): string {
    return this.#connection.info.remoteAddress
  }

  get remotePort(): number {
    return this.#connection.info.remotePort
  }

  get localAddress(): string {
    return this.#connection.info.localAddress
  }

  get localPort(): number {
    return this.#connection.info.localPort
  }

  /** Whether the client speaks TLS, to this proxy or to the platform in front of it. */
  get isEncrypted(): boolean {
    return this.#connection.info.isEncrypted === true
  }
}
