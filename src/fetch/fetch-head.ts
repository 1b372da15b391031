import { MessageHead } from '../http/message-head.ts'
import type { Head } from '../events.ts'
import { LazyHeaders, type ShownFields } from './lazy-headers.ts'
import type { PassingBody } from './passing-body.ts'

/** Those of ForwardedRules, as a CGI knows them as well. */
const FORWARDED = /^(?:forwarded|x[-_]real[-_]ip|x[-_]forwarded[-_](?:for|host|port|proto))$/

/** The head of a message that came by fetch: what a Request and a Response have in common. */
export abstract class FetchHead extends MessageHead {
  readonly hasUnknownLength: boolean
  /** The fields as the runtime has them. */
  readonly native: Headers
  /** The body, as long as it can go its way unread. */
  readonly body: PassingBody | undefined
  #lazy: LazyHeaders | undefined
  #contentLength: number | undefined

  constructor(native: Headers, body: PassingBody | undefined, hasUnknownLength: boolean) {
    super()
    this.native = native
    this.body = body
    this.hasUnknownLength = hasUnknownLength
  }

  get minorVersion(): number {
    return 1
  }

  get keepAlive(): string {
    return ''
  }

  get expectsContinue(): boolean {
    return false
  }

  get acceptsTrailers(): boolean {
    return false
  }

  get contentLength(): number {
    if (this.hasUnknownLength) return -1
    this.#contentLength ??= readLength(this.native.get('content-length'))
    return this.#contentLength
  }

  get hasForwardedLines(): boolean {
    for (const [name] of this.native) if (FORWARDED.test(name)) return true
    return false
  }

  override get isBodyPassed(): boolean {
    return this.body?.done !== undefined
  }

  override keepBody(): void {
    this.body?.keep()
  }

  field(name: string): string | undefined {
    return this.native.get(name) ?? undefined
  }

  isUnchanged(head: Head): boolean {
    const lazy = this.#lazy
    return lazy !== undefined && head.headers === lazy.object && lazy.isUnchanged && this.isSameStart(head)
  }

  /** Whether what stands in the first line of a head is what came. */
  protected abstract isSameStart(head: Head): boolean
  /** Fields that are shown otherwise than they came. */
  protected abstract get shown(): ShownFields

  protected get headers(): Head['headers'] {
    this.#lazy ??= new LazyHeaders(this.native, this.shown)
    return this.#lazy.object
  }

  /** The fields with other lines about whom it is forwarded for; as of `withForwarded`. */
  protected forwardedHeaders(isDropped: (name: string) => boolean, added: string): Headers {
    const headers = new Headers(this.native)
    for (const [name] of this.native) if (FORWARDED.test(name) && isDropped(name)) headers.delete(name)
    for (const line of added.split('\r\n')) {
      const colon = line.indexOf(':')
      if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
    }
    return headers
  }
}

function readLength(value: string | null): number {
  return value !== null && /^\d+$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : -1
}
