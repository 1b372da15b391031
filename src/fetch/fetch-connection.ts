import { ProxyError } from '../errors.ts'
import { Data, MessageEnd, MessageStart } from '../events.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { MessageConnection } from '../streams/message-connection.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { ConnectionHandler, ConnectionInfo } from '../transport.ts'
import { type AcceptedFrames, acceptWebSocket } from './accept-websocket.ts'
import type { BodyReader } from './body-reader.ts'
import { checkWebSocketAnswer } from './check-websocket-answer.ts'
import { FetchAnswer } from './fetch-answer.ts'
import type { FetchRuntime } from './fetch-runtime.ts'
import { PassingBody } from './passing-body.ts'
import { RequestHead } from './request-head.ts'
import { acceptWebSocketKey } from './websocket-accept.ts'
import { createWebSocketKey } from './websocket-key.ts'

const NOWHERE_INFO: ConnectionInfo = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }

/** What a request comes with besides itself. */
export interface FetchConnectionOptions {
  /** Who the client is, which fetch does not tell. @default nothing is known */
  readonly info?: ConnectionInfo | undefined
  /** What the runtime's fetch can do beyond the standard. @default nothing */
  readonly runtime?: FetchRuntime | undefined
  /** A random number in [0, 1), for the masks of a WebSocket's frames. */
  readonly random: () => number
}

/**
 * A Request and its Response as a client connection that passes messages: the one goes in as events, the other comes out
 * so. Bodies that nobody looks at go their way by the runtime's own means. A request for a WebSocket asks for an upgrade,
 * where the runtime has WebSockets; the frames of one that was agreed to pass as bytes, as they would on a connection.
 */
export class FetchConnection extends MessageConnection {
  /** The answer; rejects when the proxy ends the connection before there is one. */
  readonly response: Promise<Response>
  readonly info: ConnectionInfo
  readonly #request: Request
  readonly #options: FetchConnectionOptions
  readonly #answer: FetchAnswer
  readonly #isWebSocketAsked: boolean
  #handler: ConnectionHandler | undefined
  #frames: AcceptedFrames | undefined
  /** What answers the key of a request for a WebSocket. */
  #expectedAccept = ''
  #bodyReader: BodyReader | undefined
  #isFull = false
  #isPaused = false
  #onResume: (() => void) | undefined
  #isClosed = false

  constructor(request: Request, options: FetchConnectionOptions) {
    super()
    const { info = NOWHERE_INFO, runtime = {} } = options
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
    request.signal.addEventListener('abort', this.#leave)
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    // Not inside this call: whoever attaches is not ready for bytes yet.
    runSoon(() => {
      if (this.#request.signal.aborted) this.#leave()
      else void this.#send()
    })
  }

  message(event: MessageStart | MessageEnd): boolean {
    if (this.#isClosed) return true
    if (event.type === 'MessageStart') this.#startAnswer(event as SentMessageStart)
    else if (this.#answer.hasBegun) {
      this.#answer.end()
      this.#close(undefined)
    }
    return true
  }

  write(data: Data): boolean {
    if (this.#isClosed) return true
    if (this.#frames !== undefined) this.#frames.take(data.bytes)
    else this.#answer.data(data)
    this.#isFull ||= this.#answer.isFull
    return !this.#isFull
  }

  end(): void {
    if (this.#isClosed) return
    if (this.#frames !== undefined) return this.#frames.endInput()
    const text = 'Cannot answer: the connection ended before the answer did'
    this.#abort(new ProxyError('TRUNCATED_MESSAGE', text))
  }

  close(): void {
    this.#abort(new ProxyError('CLOSED', 'Cannot answer: the proxy closed the connection'))
  }

  abort(error?: ProxyError): void {
    if (error === undefined) this.close()
    else this.#abort(error)
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
    try {
      const { body } = this.#request
      const head = this.#openHead(body)
      if (this.#isWebSocketAsked) {
        this.#expectedAccept = await acceptWebSocketKey(String(head.toHead().headers['sec-websocket-key']))
      }
      this.#tell(new MessageStart(undefined, head))
      if (head.body?.done !== undefined) await this.#untilPassed(head.body.done)
      else if (body !== null) {
        head.keepBody()
        await this.#sendBody(this.#options.runtime?.openBody?.(body) ?? body.getReader())
      }
      this.#tell(new MessageEnd())
    } catch (error) {
      this.#abort(error)
    }
  }

  #tell(event: MessageStart | MessageEnd): void {
    if (!this.#isClosed) this.#handler?.onMessage?.(event)
  }

  #openHead(body: ReadableStream<Uint8Array> | null): RequestHead {
    const { runtime = {}, random } = this.#options
    if (this.#isWebSocketAsked) return new RequestHead(this.#request, { webSocketKey: createWebSocketKey(random) })
    if (runtime.passBody === undefined) return new RequestHead(this.#request)
    const canPassBodies = (): boolean => this.#handler?.readsBodies === false
    if (body === null) return new RequestHead(this.#request, { canPassBodies })
    const length = Number(this.#request.headers.get('content-length') ?? -1)
    const passing = new PassingBody(body, length, runtime.passBody, canPassBodies)
    return new RequestHead(this.#request, { body: passing, canPassBodies })
  }

  async #untilPassed(passed: Promise<void>): Promise<void> {
    try {
      await passed
    } catch (error) {
      throw ProxyError.from(error, 'CLIENT_ABORTED', 'Cannot pass on the body of the request')
    }
  }

  async #sendBody(reader: BodyReader): Promise<void> {
    this.#bodyReader = reader
    while (!this.#isClosed) {
      const { done, value } = await this.#read(reader)
      if (done || this.#isClosed) return
      while (this.#isPaused && !this.#isClosed) await new Promise<void>((resolve) => (this.#onResume = resolve))
      if (!this.#isClosed) this.#handler?.onData(Data.view(value, 0, value.length, 'owned'))
    }
  }

  async #read(reader: BodyReader): ReturnType<typeof reader.read> {
    try {
      return await reader.read()
    } catch (error) {
      throw ProxyError.from(error, 'CLIENT_ABORTED', 'Cannot read the request')
    }
  }

  #startAnswer(event: SentMessageStart): void {
    if (event.status === 101) return this.#acceptWebSocket(event)
    this.#answer.start(event, this.#handler?.readsBodies === false)
  }

  #acceptWebSocket({ head }: MessageStart): void {
    const accept = this.#options.runtime?.acceptWebSocket
    // demuxHTTP switches to nothing that was not asked for; this is for those who write answers themselves.
    if (accept === undefined || !this.#isWebSocketAsked) {
      throw new ProxyError('INVALID_OUTPUT', 'Cannot answer with 101: the client did not ask for a WebSocket')
    }
    const refused = checkWebSocketAnswer(head, this.#expectedAccept)
    if (refused !== undefined) return this.#abort(refused)
    const protocol = head.headers['sec-websocket-protocol']
    const headers = new Headers(typeof protocol === 'string' ? { 'sec-websocket-protocol': protocol } : {})
    const { webSocket, response } = accept(this.#request, headers)
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
  readonly #leave = (): void => {
    const cause = this.#request.signal.reason as unknown
    this.#abort(new ProxyError('CLIENT_ABORTED', 'Cannot go on: the client is gone', { cause }))
  }

  #abort(error: unknown): void {
    if (this.#isClosed) return
    const failure = ProxyError.from(error, 'CLIENT_ABORTED', 'Cannot go on')
    this.#answer.fail(failure)
    this.#frames?.abort()
    this.#close(failure)
  }

  #close(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // The signal is the runtime's, and would keep all that belonged to the request for a while.
    this.#request.signal.removeEventListener('abort', this.#leave)
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
