import type { Variables } from '../engine/context.ts'
import type { BuildScope, PipelineReference } from '../engine/filter-recipe.ts'
import { InboundConnection } from '../engine/inbound-connection.ts'
import type { Log } from '../engine/log.ts'
import type { PipelineLayout } from '../engine/pipeline-layout.ts'
import { Ticker } from '../engine/ticker.ts'
import type { HttpCodec, MessageSettings } from '../http-codec.ts'
import { IDEMPOTENT_METHODS } from '../http/idempotent-methods.ts'
import { PLAIN_MESSAGE } from '../http/message-settings.ts'
import { LIMITS } from '../limits.ts'
import { AwaitedKeys } from './awaited-keys.ts'
import type { MuxHttpOptions } from './mux-http.ts'
import { readVia } from './read-via.ts'
import { IdleLimits } from './idle-limits.ts'
import { UpstreamKey } from './upstream-key.ts'
import type { UpstreamUser } from './upstream-user.ts'

const VIA = 'sluice'

/** What all users of one muxHTTP filter position share: the upstream connections, by key, and the clock for time-outs. */
export class MuxHttpPosition<V = Variables> {
  readonly layout: PipelineLayout<V>
  readonly log: Log
  readonly decodeLatin1: BuildScope['transport']['decodeLatin1']
  readonly ticker: Ticker
  readonly maxIdleMs: number
  readonly maxQueue: number
  readonly queueTimeoutMs: number
  readonly maxConnections: number
  readonly responseTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly exchangeTimeoutMs: number
  readonly maxReplayBytes: number
  readonly idleLimits: IdleLimits
  /** Whether what it leads to takes messages as events. */
  readonly passesMessages: boolean
  readonly #http1: HttpCodec | undefined
  readonly #resend: 'idempotent' | 'always' | 'never'
  readonly #plain: MessageSettings
  readonly #keys = new Map<unknown, UpstreamKey<V>>()
  readonly #awaitedKeys = new AwaitedKeys<V>(this, () => this.#stopTickerIfIdle())
  /** Those whose leaving is watched. */
  readonly #clients = new WeakSet<InboundConnection>()

  constructor(scope: BuildScope<V>, reference: PipelineReference<V>, options: MuxHttpOptions) {
    this.layout = scope.layout(reference)
    this.passesMessages = scope.transport.takesMessages === true && scope.reads(reference) === 'nothing'
    this.#http1 = this.passesMessages ? undefined : scope.http1
    this.log = scope.log
    this.decodeLatin1 = scope.transport.decodeLatin1
    this.maxIdleMs = options.maxIdleMs ?? LIMITS.maxIdleMs
    this.maxQueue = options.maxQueue ?? LIMITS.maxQueue
    this.queueTimeoutMs = options.queueTimeoutMs ?? LIMITS.queueTimeoutMs
    this.maxConnections = options.maxConnections ?? LIMITS.maxConnections
    this.responseTimeoutMs = options.responseTimeoutMs ?? LIMITS.responseTimeoutMs
    this.bodyTimeoutMs = options.bodyTimeoutMs ?? LIMITS.bodyTimeoutMs
    this.exchangeTimeoutMs = options.exchangeTimeoutMs ?? 0
    this.maxReplayBytes = options.maxReplayBytes ?? LIMITS.maxReplayBytes
    this.idleLimits = new IdleLimits(this.maxIdleMs, () => scope.transport.now())
    this.#resend = options.resend ?? 'idempotent'
    this.#plain = { ...PLAIN_MESSAGE, via: readVia('muxHTTP', options.via ?? VIA) }
    const timeoutsMs = [
      this.maxIdleMs,
      this.queueTimeoutMs,
      this.responseTimeoutMs,
      this.bodyTimeoutMs,
      this.exchangeTimeoutMs,
      LIMITS.maxUnsafeReuseMs,
    ]
    this.ticker = new Ticker(scope.transport, timeoutsMs, () => {
      this.#awaitedKeys.checkTimeouts()
      for (const key of this.#keys.values()) key.checkTimeouts()
    })
    scope.onDrain(() => {
      for (const key of this.#keys.values()) key.drain()
    })
    scope.onStop(() => this.#stop())
  }

  /** The codec, where messages do not pass as events. */
  get http1(): HttpCodec {
    return this.#http1 as HttpCodec
  }

  /** How a request is sent that asks to switch to these protocols, or to none. */
  settingsFor(upgrade: string): MessageSettings {
    return upgrade === '' ? this.#plain : { ...this.#plain, upgrade }
  }

  /** Whether a request may be sent again, as far as its head tells. @param bodyBytes what it declares; -1 for nothing */
  canResend(method: string, bodyBytes: number): boolean {
    if (this.#resend === 'never' || bodyBytes > this.maxReplayBytes) return false
    return this.#resend === 'always' || IDEMPOTENT_METHODS.has(method)
  }

  /** Takes a connection of the key for a user's request: at once, or later by calling the user's `begin`. */
  acquire(key: unknown, user: UpstreamUser<V>): void {
    let entry = this.#keys.get(key)
    if (entry === undefined) {
      entry = new UpstreamKey(this, key, (empty) => this.#forget(key, empty))
      this.#keys.set(key, entry)
      this.ticker.start()
      if (key instanceof InboundConnection) this.#closeWith(key)
    }
    entry.acquire(user)
  }

  /** The key of a user's request is not known yet. */
  awaitKey(user: UpstreamUser<V>): void {
    if (this.exchangeTimeoutMs === 0) return
    this.#awaitedKeys.add(user)
    this.ticker.start()
  }

  /** Closes the connections of a key that serve nobody, now and from now on. */
  drain(key: unknown): void {
    this.#keys.get(key)?.drain()
  }

  /**
   * Connections that belong to a client are of no use to anybody when it is gone. Those that serve somebody at this time
   * are ended by whom they serve: that may be a pipeline which the client opened and others share.
   */
  #closeWith(client: InboundConnection): void {
    if (this.#clients.has(client)) return
    this.#clients.add(client)
    client.whenClosed(() => this.drain(client))
  }

  #forget(key: unknown, empty: UpstreamKey<V>): void {
    if (this.#keys.get(key) !== empty) return
    this.#keys.delete(key)
    this.#stopTickerIfIdle()
  }

  #stopTickerIfIdle(): void {
    if (this.#keys.size === 0 && this.#awaitedKeys.isEmpty) this.ticker.stop()
  }

  #stop(): void {
    for (const key of this.#keys.values()) key.close()
    this.#keys.clear()
    this.ticker.stop()
  }
}
