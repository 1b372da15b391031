import type { Head } from '../events.ts'
import { FetchHead } from './fetch-head.ts'
import type { ShownFields } from './lazy-headers.ts'
import type { PassingBody } from './passing-body.ts'

/** What a ResponseHead is told beside the Response. */
export interface ResponseHeadOptions {
  /** The fields in place of the Response's. */
  readonly native?: Headers
  /** The body, as an offer to let it pass unread. @default there is none, or it is read */
  readonly body?: PassingBody | undefined
  /** @default false */
  readonly hasUnknownLength?: boolean
  /** Whether its connection can take another request. @default true */
  readonly isPersistent?: boolean
  /** The protocol that a response with 101 switches to. @default none */
  readonly upgrade?: string
  /** Where the fields do not tell it. @default what they tell */
  readonly contentLength?: number | undefined
  /** Fields that are shown otherwise than they came. @default none */
  readonly shown?: ShownFields
}

const AS_THEY_CAME: ShownFields = {}

/** The head of a Response. */
export class ResponseHead extends FetchHead {
  readonly status: number
  readonly statusText: string
  readonly upgrade: string
  readonly isPersistent: boolean
  protected readonly shown: ShownFields
  readonly #response: Response
  readonly #knownLength: number | undefined

  constructor(response: Response, options: ResponseHeadOptions = {}) {
    super(options.native ?? response.headers, options.body, options.hasUnknownLength ?? false)
    this.status = response.status
    this.statusText = response.statusText
    this.isPersistent = options.isPersistent ?? true
    this.upgrade = options.upgrade ?? ''
    this.shown = options.shown ?? AS_THEY_CAME
    this.#response = response
    this.#knownLength = options.contentLength
  }

  override get contentLength(): number {
    return this.hasUnknownLength ? -1 : (this.#knownLength ?? super.contentLength)
  }

  get isRequest(): boolean {
    return false
  }

  get method(): string {
    return ''
  }

  get path(): string {
    return ''
  }

  get host(): undefined {
    return undefined
  }

  get isChunked(): boolean {
    return !this.hasUnknownLength && this.contentLength < 0 && this.#response.body !== null
  }

  toHead(): Head {
    const { headers, status, statusText } = this
    return { protocol: 'HTTP/1.1', headers, status, statusText }
  }

  withUnknownLength(): ResponseHead {
    return this.#with({ hasUnknownLength: true })
  }

  withForwarded(isDropped: (name: string) => boolean, added: string): ResponseHead {
    return this.#with({ native: this.forwardedHeaders(isDropped, added) })
  }

  protected isSameStart(head: Head): boolean {
    return head.status === this.status && (head.statusText ?? '') === this.statusText
  }

  #with(options: ResponseHeadOptions): ResponseHead {
    const { native, body, hasUnknownLength, isPersistent, upgrade, shown } = this
    const contentLength = this.#knownLength
    const own = { native, body, hasUnknownLength, isPersistent, upgrade, shown, contentLength }
    return new ResponseHead(this.#response, { ...own, ...options })
  }
}
