import { ProxyError } from '../errors.ts'
import { Data, type MessageEnd, type Receiver } from '../events.ts'
import type { ParsedHead } from '../http/parsed-head.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { Timer, Transport } from '../transport.ts'
import type { BodyReader } from './body-reader.ts'
import { createDispatchRequest, type DispatchRequest } from './create-dispatch-request.ts'
import { DispatchAnswer } from './dispatch-answer.ts'
import { DispatchBody } from './dispatch-body.ts'
import type { DispatchTarget } from './dispatch-target.ts'
import type { DispatcherPool } from './dispatcher-pool.ts'
import type { Dispatcher } from './dispatcher.ts'
import { FieldText } from './field-text.ts'
import { acceptWebSocketKey } from './websocket-accept.ts'
import { bridgeWebSocket, type WebSocketBridge } from './websocket-bridge.ts'
import { WEBSOCKET_CLOSE } from './websocket-close.ts'
import type { WebSocketLike } from './websocket-like.ts'

/** How long the head of an answer waits for a short body, which is to follow in the same turn. */
const MAX_HEAD_HOLD_MS = 5
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** Methods that may be sent twice (RFC 9110 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** What an exchange has to do with the connection that it is on. */
export interface DispatchExchangeOwner {
  /** Takes the answer's bytes. */
  readonly output: Receiver
  /** Settles when what was put out has been read. */
  untilRead(): Promise<void>
  /** The request's body can be written on. Never called inside a call of the exchange. */
  drained(): void
  /** The answer is over, in good order. @param isLast whether it said that the connection ends behind it */
  answered(isLast: boolean): void
  /** The exchange is over, without an answer or in the middle of it. */
  failed(error: ProxyError): void
  /** The request was refused, and the answer says so; nothing more can be asked. */
  refused(): void
  /** From here on the connection's bytes are the bridge's. */
  switched(bridge: WebSocketBridge): void
  /** The other side of the bridge is over. */
  tunnelEnded(): void
}

/** What all exchanges of a connection have in common. */
export interface DispatchSettings {
  readonly target: DispatchTarget
  readonly pool: DispatcherPool
  /** A random number in [0, 1). */
  readonly random: () => number
  /** Gives up waiting for a short body before the head goes out. */
  readonly setTimer: Transport['setTimer']
}

/** One request and its answer, by a dispatcher that it has to itself meanwhile. */
export class DispatchExchange {
  readonly #head: ParsedHead
  readonly #settings: DispatchSettings
  readonly #owner: DispatchExchangeOwner
  readonly #text: FieldText
  readonly #body: DispatchBody
  readonly #abort = new AbortController()
  #dispatcher: Dispatcher | undefined
  #reader: BodyReader | undefined
  #headTimer: Timer | undefined
  #hasAnswered = false
  #isOver = false

  constructor(head: ParsedHead, settings: DispatchSettings, owner: DispatchExchangeOwner) {
    this.#head = head
    this.#settings = settings
    this.#owner = owner
    this.#text = new FieldText(settings.target.fieldEncoding ?? 'latin1')
    this.#body = new DispatchBody(() => runSoon(() => owner.drained()))
    // A small request is whole by then, and needs no stream for its body.
    runSoon(() => void this.#run())
  }

  /** Whether the request has come whole. */
  get isRequestOver(): boolean {
    return this.#body.isOver
  }

  /** Whether the writer has to wait until it is told that the body drained. */
  get isFull(): boolean {
    return this.#body.isFull
  }

  data(event: Data): void {
    this.#body.push(event)
  }

  end(event: MessageEnd): void {
    const hasTrailers = event.tail !== undefined && Object.keys(event.tail).length > 0
    if (!hasTrailers) return this.#body.end()
    const text = 'Cannot send trailers by fetch: a target "tcp://host:port" takes them'
    this.#refuse(new ProxyError('UNSUPPORTED_TRANSFER_CODING', text))
    this.#body.end()
  }

  /** Nobody waits for the answer any more. */
  close(): void {
    if (this.#isOver) return
    this.#finish(false)
    this.#stop(new ProxyError('CLOSED', 'Cannot go on: the connection is closed'))
  }

  async #run(): Promise<void> {
    if (this.#isOver) return
    const { target, pool } = this.#settings
    try {
      const asked = createDispatchRequest(this.#head, target, this.#text)
      const request = this.#createRequest(asked)
      if (this.#head.expectsContinue && !this.#body.isOver) this.#owner.output.process(Data.latin1(CONTINUE))
      this.#dispatcher = pool.take(target.name, target.kind, target.send)
      const response = await this.#dispatch(this.#dispatcher, request, asked)
      if (this.#isOver) await response.body?.cancel()
      else await this.#answer(response)
    } catch (error) {
      this.#fail(error)
    }
  }

  #createRequest({ url, method, headers }: DispatchRequest): Request {
    const { withLength } = this.#settings.target
    const { contentLength } = this.#head
    const taken = this.#body.take()
    const isStream = taken instanceof ReadableStream
    const body = isStream && contentLength > 0 && withLength !== undefined ? withLength(taken, contentLength) : taken
    const init = {
      method,
      headers,
      signal: this.#abort.signal,
      redirect: 'manual' as const,
      // Half duplex: the answer may come before the body is over (WHATWG fetch, RequestInit).
      ...(isStream ? { duplex: 'half' } : {}),
    }
    return new Request(url, body === undefined ? init : { ...init, body })
  }

  async #dispatch(dispatcher: Dispatcher, request: Request, asked: DispatchRequest): Promise<Response> {
    try {
      return await dispatcher.dispatch(request).catch((error: unknown) => {
        if (this.#isOver || !this.#mayResend(dispatcher, request, error)) throw error
        return dispatcher.dispatch(this.#createRequest(asked))
      })
    } catch (error) {
      // Whether the target was reached at all is not told; a request that may not be sent twice must not be.
      throw ProxyError.from(error, 'CONNECTION_CLOSED', `Cannot get an answer from "${this.#settings.target.name}"`)
    }
  }

  /**
   * Runtimes keep connections of their own, which upstreams may close just as a request goes out. It goes out once more if
   * it may (RFC 9110 9.2.2), and if there can have been such a connection: this is not the first use.
   */
  #mayResend({ kind, requests }: Dispatcher, { method, body }: Request, error: unknown): boolean {
    if (kind !== 'fetch' || requests < 2 || error instanceof ProxyError) return false
    return body === null && IDEMPOTENT.has(method) && this.#body.isOver && this.#head.upgrade === ''
  }

  async #answer(response: Response): Promise<void> {
    const { output } = this.#owner
    const { method } = this.#head
    const { isDecoding = false } = this.#settings.target
    if (response.status === 101) return this.#switch(response)
    const isLast = !this.isRequestOver
    const answer = new DispatchAnswer(response, { method, isDecoding, isLast }, this.#text, output)
    this.#hasAnswered = true
    if (answer.hasBody) await this.#pass(response.body as ReadableStream<Uint8Array>, answer)
    else await response.body?.cancel()
    if (this.#isOver) return
    this.#finish(false)
    this.#body.discard()
    this.#owner.answered(isLast)
  }

  async #pass(body: ReadableStream<Uint8Array>, answer: DispatchAnswer): Promise<void> {
    const reader = this.#settings.target.openBody?.(body) ?? body.getReader()
    this.#reader = reader
    if (answer.isHeadHeld) this.#headTimer = this.#settings.setTimer(() => answer.writeHead(), MAX_HEAD_HOLD_MS)
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw ProxyError.from(error, 'CONNECTION_RESET', `Cannot read on from "${this.#settings.target.name}"`)
      })
      if (this.#isOver) return
      this.#headTimer?.cancel()
      this.#headTimer = undefined
      if (done) break
      answer.write(value)
      if (answer.isWhole) {
        // The rest is the end, which nobody has to wait for.
        reader.read().catch(() => undefined)
        break
      }
      await this.#owner.untilRead()
      if (this.#isOver) return
    }
    answer.end()
  }

  async #switch(response: Response): Promise<void> {
    const { webSocket } = response as Response & { readonly webSocket?: WebSocketLike | null }
    if (webSocket === undefined || webSocket === null || this.#head.upgrade === '') {
      const text = `Cannot switch protocols with "${this.#settings.target.name}": nobody asked for it`
      throw new ProxyError('MALFORMED_START_LINE', text, { source: 'upstream' })
    }
    // Fetch has made a key of its own: its answer is none to the client's.
    const accept = await acceptWebSocketKey(this.#head.fields.get('sec-websocket-key') ?? '')
    if (this.#isOver) return closeWebSocket(webSocket)
    const upgradeLines = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n`
    const options = { method: this.#head.method, isDecoding: false, isLast: false, upgradeLines }
    new DispatchAnswer(response, options, this.#text, this.#owner.output)
    this.#hasAnswered = true
    const end = (): void => {
      this.#finish(false)
      this.#owner.tunnelEnded()
    }
    const write = (bytes: Uint8Array): void => this.#owner.output.process(Data.view(bytes, 0, bytes.length, 'owned'))
    const { random } = this.#settings
    this.#owner.switched(bridgeWebSocket(webSocket, { write, end }, { role: 'server', random }))
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    const failure = ProxyError.from(error, 'CONNECTION_CLOSED', 'Cannot dispatch request')
    if (this.#dispatcher === undefined) return this.#refuse(failure)
    this.#finish(true)
    this.#stop(failure)
    this.#owner.failed(failure)
  }

  /** Answers instead of the upstream: whoever asked learns what to do. */
  #refuse(error: ProxyError): void {
    if (this.#isOver) return
    this.#finish(true)
    this.#stop(error)
    if (this.#hasAnswered) return this.#owner.failed(error)
    const { status, reason, message } = error
    const fields = `Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n`
    const text = new Data(`${message}\n`)
    const head = `HTTP/1.1 ${status} ${reason}\r\n${fields}Content-Length: ${text.size}\r\n\r\n`
    this.#owner.output.process(Data.latin1(head))
    if (this.#head.method !== 'HEAD') this.#owner.output.process(text)
    this.#owner.refused()
  }

  #stop(error: ProxyError): void {
    this.#body.abort(error)
    this.#abort.abort(error)
    // How the upstream's stream takes that it is not wanted any more is its own affair.
    this.#reader?.cancel(error).catch(() => undefined)
  }

  #finish(isError: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#headTimer?.cancel()
    if (this.#dispatcher !== undefined) this.#settings.pool.giveBack(this.#dispatcher, isError)
  }
}

/** Nobody is there to use it. */
function closeWebSocket(webSocket: WebSocketLike): void {
  webSocket.accept?.()
  webSocket.close(WEBSOCKET_CLOSE.internalError)
}
