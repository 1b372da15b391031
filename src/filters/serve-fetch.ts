import type { Context, Variables } from '../engine/context.ts'
import type { BuildScope, FilterRecipe } from '../engine/filter-recipe.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { Data, type Event, type Headers as HeadHeaders, MessageEnd, MessageStart, type StreamEnd } from '../events.ts'
import { FetchRequestBody } from './fetch-request-body.ts'
import { createFetchRequest } from './fetch-request.ts'

/** The shape of fetch: what Hono's `app.fetch` and an itty-router's `router.fetch` are. */
export type FetchHandler<V = Variables> = (request: Request, context: Context<V>) => Response | Promise<Response>

/**
 * Answers requests with a handler that has the shape of fetch. Bodies stream both ways, with back-pressure; the
 * request's signal aborts when the client goes away. A handler that throws or rejects is a 500.
 *
 * The handler's second argument is the context, live: what Hono has as `c.env`, and itty-router hands on behind the request.
 * `new Hono<{ Bindings: Context<typeof variables> }>()` and `Router<IRequest, [Context<typeof variables>]>()` give it its type.
 *
 * A request that fetch cannot express (the methods CONNECT, TRACE and TRACK) is answered 501.
 * @throws INVALID_ARGUMENT when the handler is no function
 */
export function serveFetch<V = Variables>(handler: FetchHandler<V>): FilterRecipe<V> {
  if (typeof handler !== 'function') {
    throw new ProxyError('INVALID_ARGUMENT', `Cannot serve ${typeof handler}: expected a function of a Request`)
  }
  return { name: 'serveFetch', bind: (scope) => (pipeline) => new FetchFilter(pipeline, handler, scope) }
}

class FetchFilter<V> extends Filter<V> {
  readonly #handler: FetchHandler<V>
  readonly #scope: BuildScope<V>
  readonly #abort = new AbortController()
  #body: FetchRequestBody | undefined
  /** Of the body of the answer, while that is going out. */
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** What ended the input while the answer was to come. */
  #inputEnd: StreamEnd | undefined
  #isOver = false
  #pauses = 0
  #onResume: (() => void) | undefined

  constructor(pipeline: Pipeline<V>, handler: FetchHandler<V>, scope: BuildScope<V>) {
    super(pipeline)
    this.#handler = handler
    this.#scope = scope
  }

  override process(event: Event): void {
    if (this.#isOver) return
    switch (event.type) {
      case 'MessageStart':
        if (this.#body === undefined) void this.#serve(event)
        return
      case 'Data':
        this.#body?.push(event)
        return
      case 'MessageEnd':
        this.#body?.end()
        return
      case 'StreamEnd':
        this.#endInput(event)
    }
  }

  override pause(): void {
    this.#pauses++
  }

  override resume(): void {
    if (--this.#pauses > 0) return
    this.#onResume?.()
    this.#onResume = undefined
  }

  override close(): void {
    this.#giveUp(new ProxyError('CLIENT_ABORTED', 'Cannot go on: the client is gone'))
  }

  /** An answer that is under way still goes out, unless the client broke off. */
  #endInput(event: StreamEnd): void {
    if (event.error === undefined && this.#body !== undefined) {
      this.#inputEnd = event
      return
    }
    this.#giveUp(event.error)
    this.next.process(event)
  }

  #giveUp(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#body?.abort(error)
    this.#onResume?.()
    this.#abort.abort(error)
    // How the handler's stream takes that it is not wanted any more is its own affair.
    this.#reader?.cancel(error).catch(() => undefined)
  }

  async #serve(event: MessageStart): Promise<void> {
    const body = new FetchRequestBody(this.prev)
    this.#body = body
    try {
      const request = createFetchRequest(event.head, body.stream, this.#abort.signal)
      const response: unknown = await this.#handler(request, this.pipeline.context)
      if (!isResponse(response)) {
        throw new ProxyError('INVALID_OUTPUT', `Cannot answer with ${typeof response}: expected a Response`)
      }
      if (this.#isOver) {
        await response.body?.cancel()
        return
      }
      await this.#answer(response, event.head.method === 'HEAD')
    } catch (error) {
      if (this.#isOver) return
      this.#giveUp(error)
      this.pipeline.fail(error, 'serveFetch')
    }
  }

  async #answer(response: Response, isHead: boolean): Promise<void> {
    // What is left of the request is read and dropped, so that the connection stays usable.
    if (response.body === null || isHead) this.#body?.discard()
    const { status, statusText } = response
    this.next.process(
      new MessageStart({
        status,
        statusText: statusText === '' ? undefined : statusText,
        headers: headersOf(response),
      } as object),
    )
    if (response.body !== null && isHead) await response.body.cancel()
    else if (response.body !== null) await this.#sendBody(response.body)
    if (this.#isOver) return
    // Over in good order: what is closed behind this does not abort anything.
    this.#isOver = true
    this.#body?.discard()
    this.next.process(new MessageEnd())
    if (this.#inputEnd !== undefined) this.next.process(this.#inputEnd)
  }

  async #sendBody(stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader()
    this.#reader = reader
    let isStreaming = false
    for (;;) {
      const read = reader.read()
      if (!isStreaming) isStreaming = await this.#flushIfLate(read)
      const { done, value } = await read
      if (this.#isOver || done) return
      if (!(value instanceof Uint8Array)) {
        throw new ProxyError('INVALID_OUTPUT', `Cannot send a body of ${typeof value}: expected a stream of bytes`)
      }
      this.next.process(Data.view(value, 0, value.length, 'owned'))
      if (this.#pauses > 0) await new Promise<void>((resolve) => (this.#onResume = resolve))
    }
  }

  /** A body that is there at once is sent with its length; one that takes its time is sent as it comes. */
  async #flushIfLate(read: Promise<unknown>): Promise<boolean> {
    let timer: { cancel(): void } | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = this.#scope.transport.setTimer(() => resolve(true), 0)
    })
    const isLate = await Promise.race([
      late,
      read.then(
        () => false,
        () => false,
      ),
    ])
    timer?.cancel()
    if (isLate && !this.#isOver) this.next.process(new Data())
    return isLate
  }
}

/** Servers may have put a class of their own in place of the global one; what fetch gives is none of that. */
function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

function headersOf(response: Response): HeadHeaders {
  const headers: HeadHeaders = {}
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  return headers
}
