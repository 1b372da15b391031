import { ProxyError } from '../errors.ts'
import type { Data, Event, Receiver } from '../events.ts'
import { MessageDecoder, type MessageDecoderOptions } from '../http/message-decoder.ts'
import type { ParsedHead } from '../http/parsed-head.ts'
import { ConnectionStreams } from '../streams/connection-streams.ts'
import { HeldEvents } from '../streams/held-events.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'
import { DispatchExchange, type DispatchExchangeOwner, type DispatchSettings } from './dispatch-exchange.ts'
import type { WebSocketBridge } from './websocket-bridge.ts'

export interface DispatchConnectionOptions extends DispatchSettings {
  /** What is told of both ends. */
  readonly info: ConnectionInfo
  /** Reads bytes as ISO 8859-1, where the runtime is faster at it. */
  readonly decodeLatin1?: MessageDecoderOptions['decodeLatin1']
}

/**
 * A connection whose other end is a dispatcher: what is written to it is requests of HTTP/1.1, each goes out by fetch, and
 * the answers are read from it in the order of the requests, one at a time. Bodies stream both ways, with back-pressure;
 * closing the connection aborts the fetch.
 *
 * A request without a body that may be sent twice is, when an upstream that was used before does not answer it: the
 * runtime's own connection may have been closed just then. An upstream that does not answer ends this connection with
 * CONNECTION_CLOSED, since fetch does not tell why; one that breaks off inside a body with CONNECTION_RESET.
 *
 * What fetch cannot say is answered with the error's status and a text that says what to use instead, and the connection
 * ends: METHOD_NOT_SUPPORTED (501) for CONNECT, TRACE, TRACK and other methods that the runtime refuses or spells anew, a
 * body of GET or HEAD, `OPTIONS *`, an upgrade to something else than WebSocket and an Expect of something else than
 * 100-continue, which is met here; UNSUPPORTED_TRANSFER_CODING (501) for trailers; INVALID_TARGET (502) for a Host that is
 * neither the client's nor the target's, and for a path that URLs change.
 *
 * What is lost without a word, because it has no place in fetch: the order and the capitals of header fields, interim
 * answers, trailers of answers. The Host that goes out is the target's.
 */
export class DispatchConnection implements Connection, DirectConnection, DispatchExchangeOwner {
  readonly info: ConnectionInfo
  readonly output: Receiver
  readonly #settings: DispatchSettings
  readonly #decoder: MessageDecoder
  #handler: ConnectionHandler | undefined
  #streams: ConnectionStreams | undefined
  #exchange: DispatchExchange | undefined
  #bridge: WebSocketBridge | undefined
  /** What came behind a request whose answer is not over: the rest of what was being decoded, and then more. */
  #rest: Data | undefined
  readonly #incoming = new HeldEvents()
  /** What has not been read. */
  readonly #outgoing = new HeldEvents()
  #isFlushDue = false
  #onRead: (() => void) | undefined
  #isFull = false
  #isPaused = false
  /** The user writes no more. */
  #isInputOver = false
  /** Nothing more comes to be read. */
  #isOutputOver = false
  #isClosed = false

  constructor(options: DispatchConnectionOptions) {
    this.info = options.info
    this.#settings = options
    this.output = { process: (event) => this.#put(event) }
    const requests: Receiver = { process: (event) => this.#takeEvent(event) }
    this.#decoder = new MessageDecoder({ isRequest: true, decodeLatin1: options.decodeLatin1 }, requests)
  }

  get direct(): DirectConnection {
    return this
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#toStreams().readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#toStreams().writable
  }

  get closed(): Promise<void> {
    return this.#toStreams().closed
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    runSoon(() => this.#tell(() => handler.onOpen?.()))
  }

  write(data: Data): boolean {
    if (this.#isClosed || this.#isInputOver) return true
    this.#take(data)
    return !this.#isFull
  }

  end(): void {
    if (this.#isClosed || this.#isInputOver) return
    this.#isInputOver = true
    if (this.#bridge !== undefined) this.#bridge.end()
    else if (this.#exchange === undefined || this.#isWaiting) this.#endInput()
    else this.#close(this.#decoder.end())
    runSoon(() => this.#tell((handler) => handler.onDrain()))
  }

  close(): void {
    this.#close(undefined)
  }

  abort(): void {
    this.#close(new ProxyError('CLOSED', 'Cannot go on: the connection was cut'))
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#flushSoon()
  }

  untilRead(): Promise<void> {
    if (this.#outgoing.isEmpty || this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => (this.#onRead = resolve))
  }

  drained(): void {
    if (!this.#isFull || this.#rest !== undefined || !this.#incoming.isEmpty || this.#exchange?.isFull === true) return
    this.#isFull = false
    this.#tell((handler) => handler.onDrain())
  }

  answered(isLast: boolean): void {
    this.#exchange = undefined
    if (isLast) return this.#endOutput()
    this.#decoder.isHalted = false
    while (!this.#isWaiting && !this.#isClosed) {
      const data = this.#shift()
      if (data === undefined) break
      this.#decode(data)
    }
    if (this.#exchange === undefined && this.#isInputOver) this.#endInput()
    else this.drained()
  }

  failed(error: ProxyError): void {
    this.#close(error)
  }

  refused(): void {
    this.#endOutput()
  }

  switched(bridge: WebSocketBridge): void {
    this.#bridge = bridge
    for (let data = this.#shift(); data !== undefined; data = this.#shift()) bridge.take(data.bytes)
    if (this.#isInputOver) bridge.end()
    this.drained()
  }

  tunnelEnded(): void {
    this.#endOutput()
  }

  /** Whether a request has come whole, and its answer has not. */
  get #isWaiting(): boolean {
    return this.#exchange?.isRequestOver === true
  }

  #take(data: Data): void {
    if (this.#bridge !== undefined) return this.#bridge.take(data.bytes)
    if (!this.#isWaiting) return this.#decode(data)
    const overflow = this.#incoming.push(data)
    if (overflow !== undefined) return this.#close(overflow)
    this.#isFull = true
  }

  /** The next of what waits. */
  #shift(): Data | undefined {
    const data = this.#rest ?? (this.#incoming.shift() as Data | undefined)
    this.#rest = undefined
    return data
  }

  #decode(data: Data): void {
    try {
      const { size } = data
      const read = this.#decoder.decode(data)
      if (read < size) this.#rest = data.slice(read, size).keep()
    } catch (error) {
      return this.#close(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot read request'))
    }
    this.#isFull ||= this.#rest !== undefined || this.#exchange?.isFull === true
  }

  #takeEvent(event: Event): void {
    if (event.type === 'MessageStart') {
      this.#exchange = new DispatchExchange(event.source as ParsedHead, this.#settings, this)
    } else if (event.type === 'Data') {
      this.#exchange?.data(event)
    } else if (event.type === 'MessageEnd') {
      this.#decoder.isHalted = true
      this.#exchange?.end(event)
    }
  }

  /** Whoever asks no more is told that no more comes, behind the last answer. */
  #endInput(): void {
    if (this.#exchange !== undefined) return
    const truncated = this.#decoder.end()
    if (truncated === undefined) this.#endOutput()
    else this.#close(truncated)
  }

  #put(event: Event): void {
    if (this.#isOutputOver || this.#isClosed) return
    const overflow = this.#outgoing.push(event)
    if (overflow !== undefined) this.#close(overflow)
    else this.#flushSoon()
  }

  #endOutput(): void {
    this.#isOutputOver = true
    this.#flushSoon()
  }

  /** Never inside the call that put something out: the user may be in the middle of one. */
  #flushSoon(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    runSoon(() => {
      this.#isFlushDue = false
      this.#flush()
    })
  }

  #flush(): void {
    while (!this.#isPaused && !this.#isClosed && !this.#outgoing.isEmpty) {
      const data = this.#outgoing.shift() as Data
      this.#tell((handler) => handler.onData(data))
    }
    if (!this.#outgoing.isEmpty || this.#isPaused || this.#isClosed) return
    this.#onRead?.()
    this.#onRead = undefined
    if (!this.#isOutputOver) return
    this.#tell((handler) => handler.onEnd())
    this.#close(undefined)
  }

  #tell(call: (handler: ConnectionHandler) => void): void {
    if (this.#isClosed || this.#handler === undefined) return
    try {
      call(this.#handler)
    } catch (error) {
      this.#close(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot use the connection any more'))
    }
  }

  #close(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#bridge?.end()
    this.#exchange?.close()
    this.#onRead?.()
    const handler = this.#handler
    runSoon(() => handler?.onClose(error))
  }

  #toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
  }
}
