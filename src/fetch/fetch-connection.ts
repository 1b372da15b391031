import { ProxyError } from '../errors.ts'
import { Data, type Event, type Head, MessageEnd, MessageStart, type Receiver } from '../events.ts'
import { MessageDecoder, type MessageDecoderOptions } from '../http/message-decoder.ts'
import { MessageEncoder, PLAIN_MESSAGE } from '../http/message-encoder.ts'
import { ConnectionStreams } from '../streams/connection-streams.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'
import type { BodyReader } from './body-reader.ts'
import { FetchAnswer } from './fetch-answer.ts'
import type { FetchRuntime } from './fetch-runtime.ts'
import { requestHead } from './request-head.ts'
import { type AcceptedFrames, acceptWebSocket } from './accept-websocket.ts'
import { createWebSocketKey } from './websocket-key.ts'

const NOWHERE_INFO: ConnectionInfo = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }

/** What a request comes with besides itself. */
export interface FetchConnectionOptions {
  /** Reads bytes as ISO 8859-1, where the runtime is faster at it. */
  readonly decodeLatin1?: MessageDecoderOptions['decodeLatin1']
  /** Who the client is, which fetch does not tell. @default nothing is known */
  readonly info?: ConnectionInfo | undefined
  /** What the runtime's fetch can do beyond the standard. @default nothing */
  readonly runtime?: FetchRuntime | undefined
  /** A random number in [0, 1), for the masks of a WebSocket's frames. */
  readonly random: () => number
}

/**
 * A Request and its Response as a client connection: the one goes in as the bytes of HTTP/1.1, the other comes out so.
 * A request for a WebSocket asks for an upgrade, where the runtime has WebSockets; the frames of one that was agreed to
 * pass as they would on a connection.
 */
export class FetchConnection implements Connection, DirectConnection {
  /** The answer; rejects when the proxy ends the connection before there is one. */
  readonly response: Promise<Response>
  readonly info: ConnectionInfo
  readonly #request: Request
  readonly #options: FetchConnectionOptions
  readonly #decoder: MessageDecoder
  readonly #answer: FetchAnswer
  readonly #isWebSocketAsked: boolean
  #handler: ConnectionHandler | undefined
  #frames: AcceptedFrames | undefined
  #bodyReader: BodyReader | undefined
  #streams: ConnectionStreams | undefined
  #isFull = false
  #isPaused = false
  #onResume: (() => void) | undefined
  #isClosed = false

  constructor(request: Request, options: FetchConnectionOptions) {
    const { decodeLatin1, info = NOWHERE_INFO, runtime = {} } = options
    this.#request = request
    this.#options = options
    this.info = info
    const { method } = request
    const isWebSocketPossible = runtime.acceptWebSocket !== undefined && method === 'GET'
    this.#isWebSocketAsked = isWebSocketPossible && request.headers.get('upgrade')?.toLowerCase() === 'websocket'
    this.#answer = new FetchAnswer(
      method,
      { drain: () => this.#drain(), abort: (error) => this.#abort(error) },
      runtime,
    )
    this.response = this.#answer.response
    const answer: Receiver = { process: (event) => this.#takeAnswerEvent(event) }
    this.#decoder = new MessageDecoder({ isRequest: false, decodeLatin1 }, answer)
    this.#decoder.requestMethod = method
    const { signal } = request
    signal.addEventListener('abort', () => this.#leave(signal.reason))
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
    // Not inside this call: whoever attaches is not ready for bytes yet.
    runSoon(() => {
      if (this.#request.signal.aborted) this.#leave(this.#request.signal.reason)
      else void this.#send()
    })
  }

  write(data: Data): boolean {
    if (this.#isClosed) return true
    try {
      this.#decoder.decode(data)
    } catch (error) {
      this.#abort(error)
      return true
    }
    this.#isFull ||= this.#answer.isFull
    return !this.#isFull
  }

  end(): void {
    if (this.#isClosed) return
    const truncated = this.#decoder.end()
    if (truncated !== undefined) return this.#abort(truncated)
    if (this.#frames !== undefined) return this.#frames.endInput()
    this.#close(undefined)
  }

  close(): void {
    this.#abort(new ProxyError('CLOSED', 'Cannot answer: the proxy closed the connection'))
  }

  abort(): void {
    this.close()
  }

  pause(): void {
    this.#isPaused = true
    this.#frames?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#onResume?.()
    this.#onResume = undefined
    this.#frames?.resume()
  }

  async #send(): Promise<void> {
    const bytes: Receiver = {
      process: (event) => {
        if (event.type === 'Data' && !this.#isClosed) this.#handler?.onData(event)
      },
    }
    const encoder = new MessageEncoder(true, bytes)
    try {
      check(this.#start(encoder))
      const { body } = this.#request
      if (body !== null) await this.#sendBody(this.#options.runtime?.openBody?.(body) ?? body.getReader(), encoder)
      if (!this.#isClosed) check(encoder.end(new MessageEnd()))
    } catch (error) {
      this.#abort(error)
    }
  }

  #start(encoder: MessageEncoder): ProxyError | undefined {
    if (!this.#isWebSocketAsked) return encoder.start(new MessageStart(requestHead(this.#request)))
    const head = requestHead(this.#request, createWebSocketKey(this.#options.random))
    return encoder.start(new MessageStart(head), { ...PLAIN_MESSAGE, upgrade: 'websocket' })
  }

  async #sendBody(reader: BodyReader, encoder: MessageEncoder): Promise<void> {
    this.#bodyReader = reader
    while (!this.#isClosed) {
      const { done, value } = await this.#read(reader)
      if (done || this.#isClosed) return
      while (this.#isPaused && !this.#isClosed) await new Promise<void>((resolve) => (this.#onResume = resolve))
      if (!this.#isClosed) check(encoder.data(Data.view(value, 0, value.length, 'owned')))
    }
  }

  async #read(reader: BodyReader): ReturnType<typeof reader.read> {
    try {
      return await reader.read()
    } catch (error) {
      throw ProxyError.from(error, 'CLIENT_ABORTED', 'Cannot read the request')
    }
  }

  #takeAnswerEvent(event: Event): void {
    const frames = this.#frames
    if (event.type === 'Data') {
      if (frames === undefined) this.#answer.data(event)
      else frames.take(event.bytes)
    } else if (event.type === 'MessageStart') this.#startAnswer(event.head)
    else if (event.type === 'MessageEnd' && this.#answer.hasBegun) {
      this.#answer.end()
      this.#close(undefined)
    }
  }

  #startAnswer(head: Head): void {
    const { status = 200 } = head
    if (status === 101) this.#acceptWebSocket(head)
    // Other interim answers have no place in fetch.
    else if (status >= 200) this.#answer.start(head)
  }

  #acceptWebSocket(head: Head): void {
    const accept = this.#options.runtime?.acceptWebSocket
    // demuxHTTP switches to nothing that was not asked for; this is for those who write answers themselves.
    if (accept === undefined || !this.#isWebSocketAsked) {
      throw new ProxyError('INVALID_OUTPUT', 'Cannot answer with 101: the client did not ask for a WebSocket')
    }
    const protocol = head.headers['sec-websocket-protocol']
    const headers = new Headers(typeof protocol === 'string' ? { 'sec-websocket-protocol': protocol } : {})
    const { webSocket, response } = accept(this.#request, headers)
    this.#decoder.tunnel()
    this.#frames = acceptWebSocket(webSocket, this.#options.random, {
      take: (data) => this.#handler?.onData(data),
      endOutput: () => this.#handler?.onEnd(),
      close: (error) => this.#close(error),
    })
    if (this.#isPaused) this.#frames.pause()
    this.#answer.replace(response)
  }

  #drain(): void {
    if (!this.#isFull || this.#isClosed) return
    this.#isFull = false
    this.#handler?.onDrain()
  }

  /** The client is gone. */
  #leave(reason: unknown): void {
    this.#abort(new ProxyError('CLIENT_ABORTED', 'Cannot go on: the client is gone', { cause: reason }))
  }

  #abort(error: unknown): void {
    if (this.#isClosed) return
    const failure = ProxyError.from(error, 'CLIENT_ABORTED', 'Cannot go on')
    this.#answer.fail(failure)
    this.#frames?.abort()
    this.#close(failure)
  }

  #toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
  }

  #close(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.resume()
    // What is left of the request nobody reads.
    this.#bodyReader?.cancel().catch(() => undefined)
    const handler = this.#handler
    runSoon(() => {
      if (error === undefined) handler?.onEnd()
      handler?.onClose(error)
    })
  }
}

function check(error: ProxyError | undefined): void {
  if (error !== undefined) throw error
}
