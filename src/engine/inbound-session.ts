import { directConnection } from '../streams/direct-connection.ts'
import { ProxyError } from '../errors.ts'
import {
  type Data,
  type Event,
  type MessageEnd,
  type MessageStart,
  type Receiver,
  type Source,
  StreamEnd,
} from '../events.ts'
import type { Connection, ConnectionHandler, DirectConnection } from '../transport.ts'
import { type Context, createContext, type Variables } from './context.ts'
import { InboundConnection } from './inbound-connection.ts'
import type { KeptSession } from './kept-session.ts'
import type { Pipeline, PipelineParent } from './pipeline.ts'
import type { PipelineLayout } from './pipeline-layout.ts'
import type { ForwardedOptions } from './proxy-definition.ts'
import type { Ticker } from './ticker.ts'

const BYTES: PipelineParent = { isExchange: false, carriesHttp: false, carriesMessages: false }
const MESSAGES: PipelineParent = { isExchange: false, carriesHttp: false, carriesMessages: true }

/** One client connection and the listen pipeline that it goes through. */
export class InboundSession<V = Variables> implements ConnectionHandler, Receiver, Source {
  readonly #inbound: InboundConnection
  readonly #direct: DirectConnection
  readonly #pipeline: Pipeline<V>
  readonly #ticker: Ticker
  readonly #onClose: (session: InboundSession<V>, ending: Promise<void> | undefined) => void
  readonly #kept: KeptSession<V> | undefined
  #lastMove: number
  /** When the last of the output had left, in ticks; before that -1. */
  #sentSince = -1
  #pauses = 0
  #isFull = false
  #isInputOver = false
  #isOutputOver = false
  #isClosed = false

  /**
   * @param onClose told once, with what settles when the ends of its sessions are over, if they take their time
   * @param kept the session that the connection's requests belong to, if they share one with others
   */
  constructor(
    connection: Connection,
    layout: PipelineLayout<V>,
    variables: V,
    ticker: Ticker,
    onClose: (session: InboundSession<V>, ending: Promise<void> | undefined) => void,
    forwarded?: ForwardedOptions,
    kept?: KeptSession<V>,
  ) {
    this.#inbound = new InboundConnection(connection, forwarded)
    // First what may throw: then the connection is still its owner's to close.
    try {
      const parent = connection.direct?.message === undefined ? BYTES : MESSAGES
      this.#pipeline = layout.open(this.#createContext(variables, kept), this, this, parent)
    } catch (error) {
      void kept?.leave()
      throw error
    }
    this.#direct = directConnection(connection)
    this.#ticker = ticker
    this.#lastMove = ticker.count
    this.#onClose = onClose
    this.#kept = kept
  }

  /** Begins: the pipeline's first event is a flush, so that a session starts, and connects, before the first byte. */
  start(flush: Data): void {
    this.#direct.attach(this)
    this.#feed(flush)
  }

  onData(data: Data): void {
    this.#lastMove = this.#ticker.count
    this.#inbound.readCount++
    if (!this.#isInputOver) this.#feed(data)
  }

  onMessage(event: MessageStart | MessageEnd): void {
    this.#lastMove = this.#ticker.count
    this.#inbound.readCount++
    if (!this.#isInputOver) this.#feed(event)
  }

  get readsBodies(): boolean {
    return this.#inbound.readsBodies
  }

  onEnd(): void {
    this.#endInput(new StreamEnd())
  }

  onDrain(): void {
    this.#lastMove = this.#ticker.count
    if (this.#isOutputOver) this.#sentSince = this.#ticker.count
    if (!this.#isFull) return
    this.#isFull = false
    this.#pipeline.resume()
  }

  onClose(error?: ProxyError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isOutputOver = true
    // An error notes where it was made, which is work: most connections have had their end by now.
    if (!this.#isInputOver) {
      const text = 'Cannot go on: the connection is closed'
      this.#endInput(new StreamEnd(error ?? new ProxyError('CLIENT_ABORTED', text)))
    }
    this.#pipeline.close()
    this.#inbound.tellClosed()
    const kept = this.#kept?.leave()
    const { ending } = this.#inbound
    const isBoth = kept !== undefined && ending !== undefined
    this.#onClose(this, isBoth ? Promise.all([kept, ending]).then(() => undefined) : (kept ?? ending))
  }

  /** The pipeline's output. */
  process(event: Event): void {
    if (this.#isOutputOver) {
      // An error may still turn an orderly end into a cut.
      if (event.type === 'StreamEnd' && event.error !== undefined && !this.#isClosed) this.#cut(event.error)
      return
    }
    if (event.type === 'Data') this.#write(event)
    else if (event.type === 'StreamEnd') this.#endOutput(event)
    else if (this.#direct.message?.(event) === false) this.#hold()
  }

  pause(): void {
    if (this.#pauses++ === 0) this.#direct.pause()
  }

  resume(): void {
    if (--this.#pauses === 0) this.#direct.resume()
  }

  /** Whether nothing has moved for the time, and nothing is owed to the client that could still move. */
  isIdle(timeoutMs: number): boolean {
    const isWaitingForUs = this.#inbound.requestsInFlight > 0 && !this.#isFull
    return !isWaitingForUs && this.#ticker.isOver(this.#lastMove, timeoutMs)
  }

  /**
   * Whether everything was sent, nothing more is wanted, and the client still has not closed after the time. Until then
   * the connection is read on: closing with bytes unread would reset it, and the client might lose the last answer
   * (RFC 9112 9.6). Where the input still goes somewhere, as that of a half-closed tunnel, only `isIdle` counts.
   */
  hasLingered(timeoutMs: number): boolean {
    if (this.#sentSince < 0 || !this.#inbound.isInputUnwanted) return false
    return this.#ticker.isOver(this.#sentSince, timeoutMs)
  }

  /** Closes at once, whatever is under way. An answer that has not left whole must not look as if it had. */
  abort(): void {
    const isCutOff = this.#inbound.requestsInFlight > 0 || (this.#isOutputOver && this.#sentSince < 0)
    if (isCutOff) this.#direct.abort()
    else this.#direct.close()
  }

  #createContext(variables: V, kept: KeptSession<V> | undefined): Context<V> {
    if (kept === undefined) return createContext(variables, this.#inbound)
    const context = kept.join(this.#inbound)
    this.#inbound.keep(kept, context)
    return context
  }

  #write(data: Data): void {
    // A flush: connections hold nothing back beyond the turn.
    if (data.size === 0) return
    this.#lastMove = this.#ticker.count
    if (!this.#direct.write(data)) this.#hold()
  }

  #hold(): void {
    if (this.#isFull) return
    this.#isFull = true
    this.#pipeline.pause()
  }

  #endOutput(event: StreamEnd): void {
    this.#isOutputOver = true
    if (event.error === undefined) this.#direct.end()
    else this.#cut(event.error)
  }

  #cut(error: unknown): void {
    this.#direct.abort(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot go on'))
  }

  #endInput(event: StreamEnd): void {
    if (this.#isInputOver) return
    this.#isInputOver = true
    this.#feed(event)
  }

  #feed(event: Event): void {
    try {
      this.#pipeline.process(event)
    } catch (error) {
      // Filters report failures through the pipeline. What arrives here is a defect: it costs this connection only.
      this.#pipeline.fail(error, 'a filter')
      this.#direct.abort()
    }
  }
}
