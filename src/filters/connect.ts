import type { Provider } from '../engine/callback.ts'
import type { Variables } from '../engine/context.ts'
import type { FilterRecipe } from '../engine/filter-recipe.ts'
import { Filter } from '../engine/filter.ts'
import { parseTarget } from '../engine/parse-target.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { type Data, type Event, type MessageEnd, type MessageStart, StreamEnd } from '../events.ts'
import { LIMITS } from '../limits.ts'
import { directConnection } from '../streams/direct-connection.ts'
import { HeldEvents } from '../streams/held-events.ts'
import type { Address, ConnectionHandler, DirectConnection, Timer } from '../transport.ts'
import { ConnectPosition } from './connect-position.ts'

export interface ConnectFilterOptions {
  /** Time to a connection; 0 waits for ever. CONNECT_TIMEOUT, 504. @default 10,000 */
  readonly connectTimeoutMs?: number
  /** Closes a connection on which nothing moves; 0 never. IDLE_TIMEOUT. @default 60,000 */
  readonly idleTimeoutMs?: number
  /**
   * How often a connection that could not be made is tried again, as long as no more than 64 KiB wait to be sent over
   * it; -1 for ever. @default 0
   */
  readonly retryCount?: number
  /** Time between two tries. @default 0 */
  readonly retryDelayMs?: number
  /** TCP keep-alive probes. @default true */
  readonly keepAlive?: boolean
  /** Sends small writes at once (TCP_NODELAY). @default true */
  readonly noDelay?: boolean
}

/**
 * Sends bytes to an upstream and outputs what comes back. The connection is opened at the first event; an end in the
 * input is passed on as the end of sending (half-close), and the upstream's end is the end of the output.
 *
 * A failure is the output's StreamEnd: INVALID_TARGET, CANNOT_RESOLVE, CONNECTION_REFUSED, CONNECT_TIMEOUT,
 * CONNECT_FAILED, CONNECTION_RESET or IDLE_TIMEOUT.
 * @param target `host:port`, `[v6]:port`, `http://host:port`, `tcp://host:port`, what else the runtime reaches (`https:`,
 * `binding:`), or a function of the context that gives it
 * @throws INVALID_TARGET for a constant that is none; INVALID_ARGUMENT for what is neither text nor a function
 */
export function connect<V = Variables>(
  target: Provider<string, V>,
  options: ConnectFilterOptions = {},
): FilterRecipe<V> {
  if (typeof target === 'string') parseTarget(target)
  else if (typeof target !== 'function') {
    throw new ProxyError('INVALID_ARGUMENT', `Cannot connect to ${String(target)}: expected "host:port" or a function`)
  }
  const recipe: FilterRecipe<V> = {
    name: 'connect',
    reads: 'nothing',
    bind: (scope) => {
      const position = new ConnectPosition(scope, options)
      return (pipeline) => new ConnectFilter(pipeline, target, position)
    },
  }
  return typeof target === 'string' ? { ...recipe, label: target } : recipe
}

class ConnectFilter<V> extends Filter<V> implements ConnectionHandler {
  readonly #target: Provider<string, V>
  readonly #position: ConnectPosition
  #address: Address | undefined
  #direct: DirectConnection | undefined
  /** What waits for the target to be known, or for the time of the next try. */
  #held: HeldEvents | undefined
  /** What was sent over a connection that may turn out not to stand: sent again over the next one. */
  #unsure: HeldEvents | undefined
  #retries = 0
  #retryTimer: Timer | undefined
  #lastMove = 0
  #isStarted = false
  #isFull = false
  /** The end of the input has been passed on. */
  #isInputOver = false
  #holdsSource = false
  /** The upstream sends no more. */
  #isEnded = false
  #isOutputOver = false
  #isOver = false
  #pauses = 0

  constructor(pipeline: Pipeline<V>, target: Provider<string, V>, position: ConnectPosition) {
    super(pipeline)
    this.#target = target
    this.#position = position
  }

  override process(event: Event): void {
    if (this.#isOver) return
    if (!this.#isStarted) {
      if (event.type === 'StreamEnd') return this.#end(event)
      this.#start()
    }
    if (this.#held !== undefined) this.#hold(event, this.#held)
    else this.#send(event)
  }

  override pause(): void {
    if (this.#pauses++ === 0) this.#direct?.pause()
  }

  override resume(): void {
    if (--this.#pauses === 0) this.#direct?.resume()
  }

  override close(): void {
    this.#giveUp()
  }

  onData(data: Data): void {
    this.#lastMove = this.#position.ticker.count
    this.#unsure = undefined
    if (!this.#isOutputOver) this.next.process(data)
  }

  onMessage(event: MessageStart | MessageEnd): void {
    this.#lastMove = this.#position.ticker.count
    this.#unsure = undefined
    if (!this.#isOutputOver) this.next.process(event)
  }

  onEnd(): void {
    this.#lastMove = this.#position.ticker.count
    this.#unsure = undefined
    this.#isEnded = true
    this.#endOutput(new StreamEnd())
  }

  onDrain(): void {
    this.#lastMove = this.#position.ticker.count
    this.#isFull = false
    this.#holdSource()
  }

  onClose(error?: ProxyError): void {
    this.#position.remove(this)
    this.#direct = undefined
    // The errors that say so are those of connections that never stood; over a stream nothing else tells.
    if (error?.retry === 'yes' && this.#unsure !== undefined && this.#retry(this.#unsure)) return
    this.#end(new StreamEnd(error))
  }

  /** Closes the connection when nothing has moved for the time. */
  closeIfIdle(timeoutMs: number): void {
    if (!this.#position.ticker.isOver(this.#lastMove, timeoutMs)) return
    const direct = this.#direct
    // What moves there is not seen here.
    if (direct?.isBodyPassing === true) return
    const text = `Cannot go on: nothing moved on the upstream connection for ${timeoutMs} ms`
    this.#end(new StreamEnd(new ProxyError('IDLE_TIMEOUT', text)))
    direct?.close()
  }

  #start(): void {
    this.#isStarted = true
    const target = this.#target
    try {
      const value = typeof target === 'function' ? target(this.pipeline.context) : target
      if (value instanceof Promise) this.#wait(value)
      else this.#open(value)
    } catch (error) {
      this.#fail(error)
    }
  }

  #wait(target: Promise<string>): void {
    this.#held = new HeldEvents()
    this.#holdSource()
    target
      .then((value) => {
        if (!this.#isOver) this.#open(value)
      })
      .catch((error: unknown) => this.#fail(error))
  }

  #open(target: unknown): void {
    try {
      if (typeof target !== 'string') {
        throw new ProxyError('INVALID_TARGET', `Cannot connect to ${String(target)}: expected "host:port"`)
      }
      this.#address = this.#position.readTarget(target)
    } catch (error) {
      const failure = ProxyError.from(error, 'INVALID_TARGET', 'Cannot connect')
      this.#position.log.error(failure.message, failure)
      return this.#end(new StreamEnd(failure))
    }
    this.#connect(this.#address)
  }

  #connect(address: Address): void {
    if (this.#isOver) return
    const direct = directConnection(this.#position.connect(address, this.pipeline))
    this.#direct = direct
    this.#lastMove = this.#position.ticker.count
    this.#position.add(this)
    direct.attach(this)
    if (this.#pauses > 0) direct.pause()
    this.#unsure = this.#retries < this.#position.retryCount ? new HeldEvents(LIMITS.maxReplayBytes) : undefined
    const held = this.#held
    this.#held = undefined
    for (let event = held?.shift(); event !== undefined; event = held?.shift()) this.#send(event)
    this.#holdSource()
  }

  #retry(unsure: HeldEvents): boolean {
    const address = this.#address
    if (this.#isOver || address === undefined) return false
    this.#retries++
    this.#unsure = undefined
    this.#held = unsure
    this.#isFull = false
    this.#holdSource()
    this.#retryTimer = this.#position.retryLater(() => this.#connect(address))
    return true
  }

  #hold(event: Event, held: HeldEvents): void {
    const overflow = held.push(event)
    if (overflow !== undefined) this.#fail(overflow)
  }

  #send(event: Event): void {
    const direct = this.#direct
    if (direct === undefined || (event.type === 'Data' && event.size === 0)) return
    // Where bytes pass, these say nothing.
    const isMessage = event.type === 'MessageStart' || event.type === 'MessageEnd'
    if (isMessage && direct.message === undefined) return
    if (this.#unsure?.push(event) !== undefined) this.#unsure = undefined
    if (event.type !== 'StreamEnd') {
      this.#lastMove = this.#position.ticker.count
      if (event.type === 'Data' ? direct.write(event) : direct.message?.(event)) return
      this.#isFull = true
      this.#holdSource()
    } else if (event.error === undefined) {
      this.#isInputOver = true
      direct.end()
    } else direct.abort()
  }

  /** Stops the source while there is nowhere to put what it gives, and lets it go on otherwise. */
  #holdSource(): void {
    const isHeld = !this.#isOver && (this.#isFull || this.#held !== undefined)
    if (isHeld === this.#holdsSource) return
    this.#holdsSource = isHeld
    if (isHeld) this.prev.pause()
    else this.prev.resume()
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#giveUp()
    this.pipeline.fail(error, 'connect')
  }

  #endOutput(event: StreamEnd): void {
    if (this.#isOutputOver) return
    this.#isOutputOver = true
    this.next.process(event)
  }

  #end(event: StreamEnd): void {
    this.#isOver = true
    this.#holdSource()
    this.#endOutput(event)
  }

  #giveUp(): void {
    const isEnded = this.#isEnded
    this.#isOver = true
    this.#isOutputOver = true
    this.#held = undefined
    this.#unsure = undefined
    this.#retryTimer?.cancel()
    this.#holdSource()
    // Nothing more comes from the upstream, and it has been told that nothing more will go there: what is still on its
    // way to it arrives, and the connection closes by itself; or its time for doing nothing will be over.
    if (this.#isInputOver && isEnded && !this.#position.isStopped) return
    const direct = this.#direct
    this.#direct = undefined
    this.#position.remove(this)
    direct?.close()
  }
}
