import type { Variables } from '../engine/context.ts'
import { ProxyError } from '../errors.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { Data, Event, MessageEnd, MessageStart, Receiver } from '../events.ts'
import { EventReader } from '../http/event-reader.ts'
import type { MessageReader } from '../http-codec.ts'
import { LIMITS } from '../limits.ts'
import type { DemuxHttpPosition } from './demux-http-position.ts'
import type { DemuxHttpFilter } from './demux-http-filter.ts'

/**
 * The input of a client connection: takes its bytes apart into requests as long as there is room for them, keeps what
 * has come beyond that, and reads to no purpose what comes behind the last request.
 */
export class RequestReader<V = Variables> implements Receiver {
  readonly #filter: DemuxHttpFilter<V>
  readonly #position: DemuxHttpPosition<V>
  readonly #decoder: MessageReader
  /** Bytes behind the requests that are under way, while those are enough. */
  #rest: Data[] = []
  #isDecoding = false
  #holdsSource = false
  #isStopping = false
  #isStopped = false
  #isTunnel = false
  #isInputOver = false
  /** Enough has been read to no purpose. */
  #isDeaf = false
  #discardedBytes = 0
  /** When the head that is coming in began, in ticks of the position. */
  #headSince = -1
  /** When something came last, or the last answer was sent. */
  #lastMove: number

  /** @param pipeline tells whether messages come as bytes or as events */
  constructor(filter: DemuxHttpFilter<V>, position: DemuxHttpPosition<V>, pipeline: Pipeline<V>) {
    const { limits, decodeLatin1 } = position
    this.#filter = filter
    this.#position = position
    this.#lastMove = position.ticker.count
    this.#decoder = pipeline.carriesMessages
      ? new EventReader(true, this)
      : position.http1.read({ isRequest: true, limits, decodeLatin1 }, this)
  }

  /** Whether bytes have come of a request that has not begun. */
  get isBusy(): boolean {
    return !this.#isStopping && (this.#decoder.isInHead || this.#rest.length > 0)
  }

  /** Whether the body of a request is coming in. */
  get isInBody(): boolean {
    return this.#decoder.isInMessage && !this.#decoder.isInHead
  }

  /** Whether no other request begins. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Whether the client will send nothing more that matters. */
  get isOver(): boolean {
    return this.#isInputOver && (this.#rest.length === 0 || this.#isStopping)
  }

  /** The decoder's output. */
  process(event: Event): void {
    if (event.type === 'MessageStart') this.#discardedBytes = 0
    this.#filter.takeRequestEvent(event)
  }

  /** Takes what the client sends. */
  take(data: Data): void {
    this.#lastMove = this.#position.ticker.count
    if (this.#isTunnel) this.#filter.takeTunnelBytes(data)
    else if (this.#isStopped || (this.#isStopping && !this.isInBody)) this.discard(data.size)
    else if (this.#rest.length > 0) this.#rest.push(data.keep())
    else this.#decode(data)
  }

  /** Takes the beginning or the end of a message that comes as events. */
  takeEvent(event: MessageStart | MessageEnd): void {
    this.#lastMove = this.#position.ticker.count
    if (!(this.#decoder instanceof EventReader) || this.#isStopped) return
    try {
      this.#decoder.take(event)
    } catch (error) {
      this.#filter.refuse(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take request'))
    }
  }

  /** The client sends no more. */
  end(): void {
    this.#isInputOver = true
    this.#checkEnd()
  }

  /** No other request is to begin for now. */
  halt(): void {
    this.#decoder.isHalted = true
  }

  /** There is room for another request. */
  readOn(): void {
    if (this.#isStopping) return
    this.#decoder.isHalted = false
    // Inside decode the loop there goes on by itself.
    if (this.#isDecoding) return
    while (this.#rest.length > 0 && !this.#decoder.isHalted) this.#decode(this.#rest.shift() as Data)
    if (this.#rest.length > 0) return
    this.#releaseSource()
    if (this.#isInputOver) this.#checkEnd()
  }

  /** The connection speaks another protocol from here on: its bytes are passed on as they are. */
  tunnel(): void {
    this.#isTunnel = true
    this.#headSince = -1
    this.#decoder.isHalted = true
    // Inside decode what has come is not all in the rest yet.
    if (!this.#isDecoding) this.#passRest()
  }

  /** The request under way is the last one. */
  stopAfterMessage(): void {
    this.#isStopping = true
    this.#decoder.isHalted = true
    this.#dropRest()
  }

  /** Whatever comes from now on is of no interest. */
  stop(): void {
    this.#isStopped = true
    this.#isTunnel = false
    this.#headSince = -1
    this.stopAfterMessage()
  }

  /**
   * RFC 9112 9.6: reads on for a while, so that the client gets to see the answer before the connection breaks. One that
   * sends on and on is not read any more: it stands still, and has the time of a connection that lingers to see it.
   */
  discard(size: number): void {
    this.#discardedBytes += size
    if (this.#isDeaf || this.#discardedBytes <= LIMITS.maxDiscardedBytes) return
    this.#isDeaf = true
    this.#filter.prev.pause()
    this.#filter.endUnwanted()
  }

  /** The connection is over. */
  close(): void {
    this.stop()
    if (!this.#isDeaf) return
    this.#isDeaf = false
    this.#filter.prev.resume()
  }

  /** What the client has been waiting for is over: its time begins. */
  touch(): void {
    this.#lastMove = this.#position.ticker.count
  }

  /** Refuses what has been coming for too long, and ends a connection on which nothing comes. */
  checkTimeouts(): void {
    if (this.#isTunnel || this.#isStopped) return
    const { ticker, headTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs } = this.#position
    if (this.#holdsSource) {
      // What we do not read is not late.
      if (this.#headSince >= 0) this.#headSince = ticker.count
      this.touch()
    } else if (this.#headSince >= 0) {
      if (ticker.isOver(this.#headSince, headTimeoutMs)) this.#refuseLate('head', headTimeoutMs)
    } else if (this.isInBody) {
      if (this.#filter.holdsBody) this.touch()
      else if (ticker.isOver(this.#lastMove, bodyTimeoutMs)) this.#refuseLate('body', bodyTimeoutMs)
    } else if (this.#filter.isIdle && ticker.isOver(this.#lastMove, keepAliveTimeoutMs)) this.#filter.endIdle()
  }

  #refuseLate(part: string, timeoutMs: number): void {
    const text = `Cannot wait longer for the ${part} of a request: ${timeoutMs} ms are over`
    this.#filter.refuse(new ProxyError('REQUEST_TIMEOUT', text))
  }

  #decode(data: Data): void {
    const { size } = data
    let taken = size
    this.#isDecoding = true
    try {
      taken = this.#decoder.decode(data)
    } catch (error) {
      this.#isDecoding = false
      this.#filter.refuse(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take request'))
      return
    }
    this.#isDecoding = false
    this.#watchHead()
    if (this.#isStopping) {
      if (taken < size) this.discard(size - taken)
      return
    }
    if (taken < size) this.#rest.unshift(data.slice(taken, size).keep())
    if (this.#isTunnel) this.#passRest()
    else if (taken < size && !this.#holdsSource) {
      this.#holdsSource = true
      this.#filter.prev.pause()
    }
  }

  #passRest(): void {
    for (const data of this.#rest.splice(0)) this.#filter.takeTunnelBytes(data)
    this.#releaseSource()
    if (this.#isInputOver) this.#filter.endTunnelInput()
  }

  #watchHead(): void {
    if (!this.#decoder.isInHead || this.#isStopping) {
      this.#headSince = -1
    } else if (this.#headSince < 0) {
      this.#headSince = this.#position.ticker.count
    }
  }

  #checkEnd(): void {
    if (this.#isStopped || this.#isTunnel || this.#rest.length > 0 || (this.#isStopping && !this.isInBody)) return
    const truncated = this.#decoder.end()
    if (truncated !== undefined) this.#filter.refuse(truncated)
  }

  #dropRest(): void {
    let size = 0
    for (const data of this.#rest.splice(0)) size += data.size
    this.#releaseSource()
    if (size > 0) this.discard(size)
  }

  #releaseSource(): void {
    if (!this.#holdsSource) return
    this.#holdsSource = false
    this.#filter.prev.resume()
  }
}
