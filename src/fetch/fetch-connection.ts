import { ProxyError } from '../errors.ts'
import {
  Data,
  type Event,
  type Head,
  type Headers as HeadHeaders,
  MessageEnd,
  MessageStart,
  type Receiver,
} from '../events.ts'
import { createHeaders } from '../http/header-object.ts'
import { isHopByHop } from '../http/hop-by-hop.ts'
import { MessageDecoder, type MessageDecoderOptions } from '../http/message-decoder.ts'
import { MessageEncoder } from '../http/message-encoder.ts'
import { ConnectionStreams } from '../streams/connection-streams.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'

const NOWHERE_INFO: ConnectionInfo = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }
/** Statuses whose Response must be made with no body at all (fetch, null body status). */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])

/** A Request and its Response as a client connection: the one goes in as the bytes of HTTP/1.1, the other comes out so. */
export class FetchConnection implements Connection, DirectConnection {
  /** The answer; rejects when the proxy ends the connection before there is one. */
  readonly response: Promise<Response>
  readonly info: ConnectionInfo
  readonly #request: Request
  readonly #decoder: MessageDecoder
  #settle!: { readonly resolve: (response: Response) => void; readonly reject: (error: unknown) => void }
  #handler: ConnectionHandler | undefined
  #body: ReadableStreamDefaultController<Uint8Array> | undefined
  #streams: ConnectionStreams | undefined
  #hasAnswered = false
  #isFull = false
  #isPaused = false
  #onResume: (() => void) | undefined
  #isClosed = false

  /** @param info who the client is, which fetch does not tell */
  constructor(
    request: Request,
    decodeLatin1: MessageDecoderOptions['decodeLatin1'],
    info: ConnectionInfo = NOWHERE_INFO,
  ) {
    this.#request = request
    this.info = info
    this.response = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    const answer: Receiver = { process: (event) => this.#takeAnswerEvent(event) }
    this.#decoder = new MessageDecoder({ isRequest: false, decodeLatin1 }, answer)
    this.#decoder.requestMethod = request.method
    request.signal.addEventListener('abort', () => this.#abort(request.signal.reason))
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
    void Promise.resolve().then(() => this.#send())
  }

  write(data: Data): boolean {
    if (this.#isClosed) return true
    try {
      this.#decoder.decode(data)
    } catch (error) {
      this.#abort(error)
      return true
    }
    this.#isFull ||= this.#body !== undefined && (this.#body.desiredSize ?? 1) <= 0
    return !this.#isFull
  }

  end(): void {
    if (this.#isClosed) return
    const truncated = this.#decoder.end()
    if (truncated === undefined) this.#close(undefined)
    else this.#abort(truncated)
  }

  close(): void {
    this.#abort(new ProxyError('CLOSED', 'Cannot answer: the proxy closed the connection'))
  }

  abort(): void {
    this.close()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#onResume?.()
    this.#onResume = undefined
  }

  async #send(): Promise<void> {
    const bytes: Receiver = {
      process: (event) => {
        if (event.type === 'Data' && !this.#isClosed) this.#handler?.onData(event)
      },
    }
    const encoder = new MessageEncoder(true, bytes)
    try {
      check(encoder.start(new MessageStart(headOf(this.#request))))
      const reader = this.#request.body?.getReader()
      while (reader !== undefined && !this.#isClosed) {
        const { done, value } = await reader.read()
        if (done) break
        if (this.#isPaused) await new Promise<void>((resolve) => (this.#onResume = resolve))
        check(encoder.data(Data.view(value, 0, value.length, 'owned')))
      }
      check(encoder.end(new MessageEnd()))
    } catch (error) {
      this.#abort(error)
    }
  }

  #takeAnswerEvent(event: Event): void {
    if (event.type === 'MessageStart') this.#start(event.head)
    else if (event.type === 'Data') this.#body?.enqueue(event.keep().bytes)
    else if (event.type === 'MessageEnd') this.#end()
  }

  #start(head: Head): void {
    const { status = 200, statusText = '' } = head
    // Interim answers have no place in fetch.
    if (status < 200) return
    const hasBody = this.#request.method !== 'HEAD' && !NULL_BODY_STATUSES.has(status)
    const body = hasBody
      ? new ReadableStream<Uint8Array>({
          start: (controller) => {
            this.#body = controller
          },
          pull: () => this.#drain(),
          cancel: (reason) => this.#abort(reason),
        })
      : null
    this.#settle.resolve(new Response(body, { status, statusText, headers: toFetchHeaders(head.headers) }))
    this.#hasAnswered = true
  }

  #end(): void {
    if (!this.#hasAnswered) return
    this.#body?.close()
    this.#body = undefined
    this.#close(undefined)
  }

  #drain(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#handler?.onDrain()
  }

  #abort(error: unknown): void {
    if (this.#isClosed) return
    this.#body?.error(error)
    this.#body = undefined
    this.#settle.reject(error)
    this.#close(ProxyError.from(error, 'CLIENT_ABORTED', 'Cannot go on'))
  }

  #toStreams(): ConnectionStreams {
    this.#streams ??= new ConnectionStreams(this)
    return this.#streams
  }

  #close(error: ProxyError | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.resume()
    const handler = this.#handler
    queueMicrotask(() => handler?.onClose(error))
  }
}

function check(error: ProxyError | undefined): void {
  if (error !== undefined) throw error
}

function headOf(request: Request): Head {
  const { host, pathname, search } = new URL(request.url)
  const headers = createHeaders()
  headers.host = host
  for (const [name, value] of request.headers) if (name !== 'host' && name !== 'expect') headers[name] = value
  if (request.body !== null && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
  return { method: request.method, path: pathname + search, headers }
}

function toFetchHeaders(headers: HeadHeaders): Headers {
  const result = new Headers()
  for (const name in headers) {
    if (isHopByHop(name)) continue
    const value = headers[name]
    if (Array.isArray(value)) for (const item of value) result.append(name, String(item))
    else if (value !== undefined) result.append(name, String(value))
  }
  return result
}
