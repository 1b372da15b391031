import type { Provider } from '../engine/callback.ts'
import type { Context, Variables } from '../engine/context.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { MessageStart } from '../events.ts'
import type { HeldEvents } from '../streams/held-events.ts'
import { declaredBodyBytes } from './declared-body-bytes.ts'
import { requestMethod } from './request-method.ts'
import { requestUpgrade } from './request-upgrade.ts'
import type { MuxHttpPosition } from './mux-http-position.ts'
import { SerialRequestFilter } from './serial-request-filter.ts'
import type { UpstreamSession } from './upstream-session.ts'
import type { UpstreamUser, UserQueue } from './upstream-user.ts'

/** One user of the shared connections: sends one request after the other, each once its predecessor is answered. */
export class MuxHttpFilter<V = Variables>
  extends SerialRequestFilter<UpstreamSession<V>, V>
  implements UpstreamUser<V>
{
  /** Of the request under way its method, and the protocols that it asks to switch to. */
  method = ''
  upgrade = ''
  /** Whether the request under way may be sent again if it meets a connection that is closing. */
  canResend = false
  /** And whether that is sure, however long its body turns out to be. */
  canResendSurely = false
  /** When the request came, in ticks of the position. */
  requestedSince = 0
  /** When it began to wait for a connection, in ticks of the position; and where. */
  queuedSince = 0
  queuedAt: UserQueue<V> | undefined
  readonly #key: Provider<unknown, V> | undefined
  readonly #position: MuxHttpPosition<V>

  constructor(pipeline: Pipeline<V>, key: Provider<unknown, V> | undefined, position: MuxHttpPosition<V>) {
    super(pipeline, 'muxHTTP')
    this.#key = key
    this.#position = position
  }

  /** The context of an upstream connection that is opened for this user. */
  copyContext(): Context<V> {
    return this.pipeline.copyContext()
  }

  /**
   * A connection is there for the request under way.
   * @param sent what has been sent of it over one that is gone
   */
  begin(session: UpstreamSession<V>, sent?: HeldEvents): void {
    this.carrier = session
    if (this.isOutputPaused) session.pauseOutput()
    const { held } = this
    this.held = undefined
    session.start(this, this.request as MessageStart)
    // One that answers at once gets no more of the request.
    for (let event = sent?.shift(); event !== undefined && this.carrier === session; event = sent?.shift()) {
      session.send(event)
    }
    if (held !== undefined) this.release(held)
  }

  protected override startRequest(event: MessageStart): void {
    this.requestedSince = this.#position.ticker.count
    const bodyBytes = declaredBodyBytes(event)
    this.method = requestMethod(event)
    this.upgrade = requestUpgrade(event)
    this.canResend = this.#position.canResend(this.method, bodyBytes)
    this.canResendSurely = this.canResend && bodyBytes >= 0
    try {
      const key =
        typeof this.#key === 'function'
          ? (this.#key as (context: unknown) => unknown)(this.pipeline.context)
          : this.#key
      if (key instanceof Promise) this.#waitForKey(key)
      else this.#acquire(key)
    } catch (error) {
      this.failCallback(error)
    }
  }

  /** A connection in the middle of this request is of no use to anybody. */
  protected override leave(): boolean {
    this.queuedAt?.remove(this)
    const { carrier } = this
    this.carrier = undefined
    return carrier?.abandon() ?? false
  }

  #acquire(key: unknown): void {
    this.#position.acquire(key ?? this.pipeline.context.__inbound ?? this, this)
    // A pipeline that answers by itself may have done so by now.
    if (this.carrier === undefined && this.request !== undefined && !this.isOver) this.wait()
  }

  #waitForKey(key: Promise<unknown>): void {
    this.wait()
    this.#position.awaitKey(this)
    key
      .then((value) => {
        if (this.isOver) return
        this.queuedAt?.remove(this)
        this.#acquire(value)
      })
      .catch((error: unknown) => this.failCallback(error))
  }
}
