import type { Head } from '../events.ts'
import { FetchHead } from './fetch-head.ts'
import type { ShownFields } from './lazy-headers.ts'
import type { PassingBody } from './passing-body.ts'
import { readUrl } from './read-url.ts'

/** What a RequestHead is told beside the Request. */
export interface RequestHeadOptions {
  /** The fields in place of the Request's. */
  readonly native?: Headers
  /** The body, as an offer to let it pass unread. @default there is none, or it is read */
  readonly body?: PassingBody | undefined
  /** Whether nobody wants to see bodies, as far as is known when it is asked. @default somebody may */
  readonly canPassBodies?: () => boolean
  /** @default false */
  readonly hasUnknownLength?: boolean
  /** The key of a request that asks to become a WebSocket, if it has none. @default it does not ask */
  readonly webSocketKey?: string | undefined
}

/** What is between the client and its runtime: the connection, and leave to send a body. */
const HIDDEN: ShownFields = {
  connection: undefined,
  expect: undefined,
  'http2-settings': undefined,
  'keep-alive': undefined,
  'proxy-connection': undefined,
  te: undefined,
  'transfer-encoding': undefined,
  upgrade: undefined,
}

/** The head of a Request. */
export class RequestHead extends FetchHead {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly #request: Request
  readonly #webSocketKey: string | undefined
  readonly #canPassBodies: (() => boolean) | undefined

  constructor(request: Request, options: RequestHeadOptions = {}) {
    super(options.native ?? request.headers, options.body, options.hasUnknownLength ?? false)
    const { host, path } = readUrl(request.url)
    this.method = request.method
    this.host = host
    this.path = path
    this.#request = request
    this.#webSocketKey = options.webSocketKey
    this.#canPassBodies = options.canPassBodies
  }

  get isRequest(): boolean {
    return true
  }

  /** Whether the answer's body may go to the client unread. */
  get canPassBodies(): boolean {
    return this.#canPassBodies?.() === true
  }

  get isPersistent(): boolean {
    return true
  }

  get status(): number {
    return 0
  }

  get isChunked(): boolean {
    return !this.hasUnknownLength && this.contentLength < 0 && this.#request.body !== null
  }

  get upgrade(): string {
    return this.#webSocketKey === undefined || this.hasUnknownLength ? '' : 'websocket'
  }

  toHead(): Head {
    return { protocol: 'HTTP/1.1', headers: this.headers, method: this.method, path: this.path }
  }

  withUnknownLength(): RequestHead {
    return this.#with({ hasUnknownLength: true })
  }

  withForwarded(isDropped: (name: string) => boolean, added: string): RequestHead {
    return this.#with({ native: this.forwardedHeaders(isDropped, added) })
  }

  protected isSameStart(head: Head): boolean {
    return head.method === this.method && head.path === this.path
  }

  protected get shown(): ShownFields {
    const shown: Record<string, string | undefined> = { host: this.host, ...HIDDEN }
    if (this.isChunked) shown['transfer-encoding'] = 'chunked'
    if (this.#webSocketKey === undefined) return shown
    // The client's side of the handshake is made anew for the connection behind (RFC 6455 4.1). Extensions are not asked
    // for: they would change frames that are read here.
    return {
      ...shown,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': this.native.get('sec-websocket-key') ?? this.#webSocketKey,
      'sec-websocket-version': '13',
      'sec-websocket-extensions': undefined,
    }
  }

  #with(options: RequestHeadOptions): RequestHead {
    const { native, body, hasUnknownLength } = this
    const webSocketKey = this.#webSocketKey
    const canPassBodies = this.#canPassBodies
    const own = { native, body, hasUnknownLength, webSocketKey, ...(canPassBodies && { canPassBodies }) }
    const head = new RequestHead(this.#request, { ...own, ...options })
    head.origin = this.origin
    return head
  }
}
