import { ProxyError } from '../errors.ts'
import type { Data } from '../events.ts'
import { isHopByHop } from '../http/hop-by-hop.ts'
import { statusText } from '../http/status-text.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { toFetchHeaders } from '../http/to-fetch-headers.ts'
import { joinBytes } from '../streams/join-bytes.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { FetchRuntime, ResponseParts } from './fetch-runtime.ts'
import { ResponseHead } from './response-head.ts'

/** Of a body, waiting to be read; beyond it whoever writes is told to stop. */
const HIGH_WATER_BYTES = 64 * 1024
/** Statuses whose Response must be made with no body at all (fetch, null body status). */
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])

/** Whoever writes the answer. */
export interface FetchAnswerOwner {
  /** There is room for more of the body. */
  drain(): void
  /** The Response is not wanted any more. */
  abort(error: unknown): void
}

/**
 * The Response that becomes of an answer's head and body. One that comes whole in one turn is made of its bytes, since
 * that costs less than a stream.
 */
export class FetchAnswer {
  /** Rejects when there is none. */
  readonly response: Promise<Response>
  readonly #method: string
  readonly #owner: FetchAnswerOwner
  readonly #runtime: FetchRuntime
  #settle!: { readonly resolve: (response: Response) => void; readonly reject: (error: unknown) => void }
  #parts: ResponseParts | undefined
  #isMade = false
  #early: Uint8Array<ArrayBuffer>[] = []
  #body: ReadableStreamDefaultController<Uint8Array> | undefined

  constructor(method: string, owner: FetchAnswerOwner, runtime: FetchRuntime) {
    this.#method = method
    this.#owner = owner
    this.#runtime = runtime
    this.response = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
  }

  /** Whether the answer has begun. */
  get hasBegun(): boolean {
    return this.#parts !== undefined
  }

  /** Whether the reader of the body is behind. */
  get isFull(): boolean {
    return this.#body !== undefined && (this.#body.desiredSize ?? 1) <= 0
  }

  /**
   * Begins it.
   * @param canPass whether a body that its source offers may be taken unread
   * @throws INVALID_OUTPUT for a status or a field that no Response can have; TypeError of the runtime
   */
  start(event: SentMessageStart, canPass: boolean): void {
    const { source } = event
    const parts = toParts(event)
    if (!(parts.status >= 200 && parts.status <= 599)) {
      throw new ProxyError('INVALID_OUTPUT', `Cannot make a Response with status ${parts.status}: expected 200 to 599`)
    }
    this.#parts = parts
    const isOffered = canPass && this.#hasBody && source instanceof ResponseHead
    const passed = isOffered ? source.body?.take() : undefined
    if (passed !== undefined) this.#make(passed, { ...parts, isBodyFramed: true })
    else runSoon(() => this.#makeStream())
  }

  data(data: Data): void {
    const { bytes } = data.keep()
    if (this.#body !== undefined) this.#body.enqueue(bytes)
    else if (!this.#isMade) this.#early.push(bytes as Uint8Array<ArrayBuffer>)
  }

  end(): void {
    this.#body?.close()
    this.#body = undefined
    if (!this.#isMade) this.#make(this.#hasBody ? joinBytes(this.#early) : null)
  }

  /** Answers with a Response that was made elsewhere. */
  replace(response: Response): void {
    this.#isMade = true
    this.#settle.resolve(response)
  }

  fail(error: unknown): void {
    this.#body?.error(error)
    this.#body = undefined
    this.#isMade = true
    this.#settle.reject(error)
  }

  /** RFC 9110 6.4.1: what has no content whatever its fields say. */
  get #hasBody(): boolean {
    return this.#method !== 'HEAD' && !NULL_BODY_STATUSES.has(this.#parts?.status ?? 0)
  }

  /** The turn is over and the body is not. */
  #makeStream(): void {
    if (this.#isMade) return
    if (!this.#hasBody) return this.#make(null)
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#body = controller
          for (const bytes of this.#early) controller.enqueue(bytes)
          this.#early = []
        },
        pull: () => this.#owner.drain(),
        cancel: (reason) => {
          this.#body = undefined
          this.#owner.abort(reason)
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (bytes) => bytes.byteLength },
    )
    this.#make(body)
  }

  #make(body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null, parts = this.#parts as ResponseParts): void {
    this.#isMade = true
    this.#settle.resolve(this.#runtime.createResponse?.(body, parts) ?? new Response(body, parts))
  }
}

/** Fields that nobody has changed stay as the runtime has them: to take them out and put them in again costs most. */
function toParts(event: SentMessageStart): ResponseParts {
  const { source, settings } = event
  const came = source instanceof ResponseHead ? source : undefined
  const isAsItCame = came !== undefined && !came.hasUnknownLength && (!event.isHeadRead || came.isUnchanged(event.head))
  if (isAsItCame && settings.via === '')
    return { status: came.status, statusText: came.statusText, headers: came.native }
  const { status } = event
  const { statusText: reason, headers: given = {} } = event.head ?? {}
  const headers = isAsItCame ? new Headers(came.native) : toFetchHeaders(given, isLeftOut)
  if (!isAsItCame && event.contentLength >= 0) headers.set('content-length', String(event.contentLength))
  if (came !== undefined && settings.via !== '') headers.append('via', `1.1 ${settings.via}`)
  return { status, statusText: String(reason ?? statusText(status)), headers }
}

/** The length is told by whoever knows it. */
function isLeftOut(name: string): boolean {
  return isHopByHop(name) || name === 'content-length'
}
