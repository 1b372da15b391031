import type { Head, HeadSource, MessageStart } from '../events.ts'
import { LIMITS } from '../limits.ts'
import { FIELD_KIND } from './field-kind.ts'
import { HeadParser, type KnownLines } from './head-parser.ts'
import { HeadFields } from './head-fields.ts'
import { isRemovable } from './hop-by-hop.ts'
import { trimBlanks } from './trim-blanks.ts'

const USUAL_METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT'] as const
const NOTHING: readonly string[] = []
/** Behind "HTTP/1.1 200". */
const STATUS_END = 12
const HTTP_AGAIN = /^(?:h2c?|http|tls)(?:\/|$)/i

/** Whoever is owed the answer to a request: the way on which interim answers go back, past all filters. */
export interface RequestOrigin {
  /** Sends an interim answer (100 to 199 but not 101) ahead of the answer. */
  sendInterim(event: MessageStart): void
  /** Somebody further on sees to `Expect: 100-continue`; otherwise the origin does. */
  takeExpectation(): void
}

/**
 * A head as it came, in text, with what the parser found out. The head object that scripts see is built from it when
 * it is first read; a head that nobody changed is forwarded as the text, without the lines that must not go on.
 */
export class ParsedHead implements HeadSource {
  readonly isRequest: boolean
  /** Of a request; empty for answers. */
  readonly method: string
  /** Start line and header lines with the empty line behind them, as ISO 8859-1. */
  readonly text: string
  readonly minorVersion: number
  /** Of an answer; 0 for requests. */
  readonly status: number
  /** -1 when the head names none. */
  readonly contentLength: number
  readonly isChunked: boolean
  /** Whether the sender's connection stays open after this message (RFC 9112 9.3). */
  readonly isPersistent: boolean
  /** A request with `Expect: 100-continue`. */
  readonly expectsContinue: boolean
  /** The length that the head tells no longer holds: a filter changes the body. */
  readonly hasUnknownLength: boolean
  /**
   * The protocols that a request without a body asks to switch to, or the one that an answer with 101 switches to
   * (RFC 9110 7.8); empty otherwise.
   */
  readonly upgrade: string
  /** A request that asks for a tunnel to its target (RFC 9110 9.3.6). */
  readonly isConnect: boolean
  /** Whether the sender takes trailers (RFC 9110 10.1.4). */
  readonly acceptsTrailers: boolean
  /** What Keep-Alive says about the sender's connection; empty without one. */
  readonly keepAlive: string
  origin: RequestOrigin | undefined
  readonly #targetStart: number
  readonly #targetEnd: number
  readonly #startLineEnd: number
  #lineCount: number
  #knownLines: KnownLines
  /** Fields that Connection names, in lower case: neither shown nor forwarded (RFC 9110 7.6.1). */
  readonly #removed: readonly string[]
  readonly #hasHost: boolean
  readonly #isFramingPlain: boolean
  /** Nothing of the text changes when it goes on, but for lines that are left out or added. */
  readonly #isPlain: boolean
  #fields: HeadFields | undefined
  #path: string | undefined

  /** @param head what a parser just read, or a head to copy */
  constructor(head: HeadParser | ParsedHead, text: string, hasUnknownLength = false) {
    this.text = text
    this.isRequest = head.isRequest
    this.minorVersion = head.minorVersion
    this.status = head.isRequest ? 0 : head.status
    this.contentLength = hasUnknownLength ? -1 : head.contentLength
    this.isChunked = head.isChunked && !hasUnknownLength
    // RFC 9110 10.1.1: in HTTP/1.0 it means nothing.
    this.expectsContinue = head.expectsContinue && head.minorVersion === 1
    this.hasUnknownLength = hasUnknownLength
    // HTTP/1.0 has no chunks, and so no place for trailers.
    this.acceptsTrailers = head.acceptsTrailers && head.minorVersion === 1
    this.keepAlive = head.keepAlive
    this.origin = undefined
    this.#fields = undefined
    this.#path = undefined
    if (head instanceof ParsedHead) {
      this.isPersistent = head.isPersistent
      this.isConnect = head.isConnect
      this.upgrade = hasUnknownLength ? '' : head.upgrade
      this.method = head.method
      this.origin = head.origin
      this.#targetStart = head.#targetStart
      this.#targetEnd = head.#targetEnd
      this.#startLineEnd = head.#startLineEnd
      this.#lineCount = head.#lineCount
      this.#knownLines = head.#knownLines
      this.#removed = head.#removed
      this.#hasHost = head.#hasHost
      this.#isFramingPlain = head.#isFramingPlain
      this.#isPlain = head.#isPlain
      this.#fields = head.#fields
    } else {
      this.method = head.isRequest ? readMethod(text, head.methodEnd) : ''
      this.isConnect = this.method === 'CONNECT'
      this.upgrade = head.upgrade === '' ? '' : agreedUpgrade(head)
      this.isPersistent = !head.isClose && (head.minorVersion === 1 || head.isKeepAlive)
      this.#targetStart = head.targetStart
      this.#targetEnd = head.targetEnd
      this.#startLineEnd = head.startLineEnd
      this.#lineCount = head.headerCount
      this.#knownLines = head.knownLines
      this.#removed = head.connectionTokens.length === 0 ? NOTHING : head.connectionTokens.filter(isRemovable)
      this.#hasHost = head.hostStart >= 0
      this.#isFramingPlain = head.isFramingPlain
      this.#isPlain = head.isFramingPlain && this.#removed.length === 0 && !this.#hasOtherStart()
    }
  }

  /** The head of a request that could not be read. */
  static unread(): ParsedHead {
    return new ParsedHead(new HeadParser(true, LIMITS), '')
  }

  /** The path with its query, also when the target came as an absolute URL; `*` for the server as a whole. */
  get path(): string {
    this.#path ??= this.#readPath()
    return this.#path
  }

  #readPath(): string {
    const target = this.text.slice(this.#targetStart, this.#targetEnd)
    if (this.isConnect || !this.#isAbsolute()) return target
    const slash = target.indexOf('/', target.indexOf('//') + 2)
    const question = target.indexOf('?')
    if (question >= 0 && (slash < 0 || question < slash)) return `/${target.slice(question)}`
    if (slash >= 0) return target.slice(slash)
    // RFC 9112 3.2.4: the absolute form of the server as a whole.
    return this.method === 'OPTIONS' ? '*' : '/'
  }

  /** The host of a target that came as an absolute URL or with CONNECT; undefined for the other forms. */
  get targetAuthority(): string | undefined {
    if (!this.#isAbsolute()) return undefined
    if (this.isConnect) return this.path
    const target = this.text.slice(this.#targetStart, this.#targetEnd)
    return target.slice(target.indexOf('//') + 2).split(/[/?]/, 1)[0]
  }

  /** The host that a request is for; undefined when it names none. */
  get host(): string | undefined {
    return this.targetAuthority ?? this.fields.get('host')
  }

  /** Whether a connection may speak another protocol behind this request. */
  get mayTunnel(): boolean {
    return this.isConnect || this.upgrade !== ''
  }

  /** Whether it came with fields that say for whom it is forwarded. */
  get hasForwardedLines(): boolean {
    return this.#knownLines.some((kind, i) => i % 3 === 0 && kind === FIELD_KIND.forwarded)
  }

  get statusText(): string {
    return this.text.slice(STATUS_END + 1, Math.max(STATUS_END + 1, this.#startLineEnd - 2))
  }

  /** The header lines, taken apart when they are first asked for. */
  get fields(): HeadFields {
    this.#fields ??= new HeadFields(this.text, this.#startLineEnd, this.#lineCount, this.#removed)
    return this.#fields
  }

  toHead(): Head {
    const protocol = this.minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0'
    const headers = this.fields.toHeaders()
    // HTTP/1.0 names its host in the target, if anywhere.
    if (!this.#hasHost && this.#isAbsolute()) headers.host = this.targetAuthority as string
    if (this.isRequest) return { protocol, headers, method: this.method, path: this.path }
    return { protocol, headers, status: this.status, statusText: this.statusText }
  }

  withUnknownLength(): ParsedHead {
    return new ParsedHead(this, this.text, true)
  }

  /**
   * The same head with other lines about whom it is forwarded for.
   * @param isDropped tells of each such field that came, by its lower-case name, whether it is left out
   * @param added lines to add, each with its line break
   */
  withForwarded(isDropped: (name: string) => boolean, added: string): ParsedHead {
    const lines = this.#knownLines
    const known: number[] = []
    let text = ''
    let from = 0
    let removed = 0
    let lineCount = this.#lineCount + added.split('\r\n').length - 1
    for (let i = 0; i < lines.length; i += 3) {
      const [kind, start, end] = lines.slice(i, i + 3) as [number, number, number]
      const name = kind === FIELD_KIND.forwarded ? this.text.slice(start, this.text.indexOf(':', start)) : ''
      if (name !== '' && isDropped(name.toLowerCase())) {
        text += this.text.slice(from, start)
        from = end
        removed += end - start
        lineCount--
      } else known.push(kind, start - removed, end - removed)
    }
    const head = new ParsedHead(this, `${text}${this.text.slice(from, -2)}${added}\r\n`)
    head.#knownLines = known
    head.#lineCount = lineCount
    head.#fields = undefined
    return head
  }

  /** Whether a head object that `toHead` gave still says what came. */
  isUnchanged(head: Head): boolean {
    const isSameStart = this.isRequest
      ? head.method === this.method && head.path === this.path
      : head.status === this.status && (head.statusText ?? '') === this.statusText
    return isSameStart && this.fields.isUnchanged(head.headers ?? {})
  }

  /**
   * The head as it is forwarded: HTTP/1.1, without what belongs to the connection that it came on.
   * @param given lines that say how the body is framed; undefined keeps those that came
   * @param added other lines to add, each with its line break
   */
  toForwardedText(given: string | undefined, added: string): string {
    const { text } = this
    let framing = given
    let kept = ''
    let from = 0
    if (!this.#isPlain) {
      framing ??= this.#mendedFraming()
      if (this.#removed.length > 0) return this.#toFilteredText(framing, added)
      if (this.#hasOtherStart()) {
        kept = this.#startLine()
        from = this.#startLineEnd
      }
    }
    const known = this.#knownLines
    for (let i = 0; i < known.length; i += 3) {
      const kind = known[i]
      const isFraming = kind === FIELD_KIND.contentLength || kind === FIELD_KIND.transferEncoding
      if ((isFraming && framing === undefined) || kind === FIELD_KIND.forwarded) continue
      kept += text.slice(from, known[i + 1])
      from = known[i + 2] as number
    }
    const lines = framing === undefined ? added : framing + added
    if (lines === '') return from === 0 ? text : kept + text.slice(from)
    return `${kept}${text.slice(from, -2)}${lines}\r\n`
  }

  /** The line that frames the body, in the form that no reader misses, if it came in another one. */
  #mendedFraming(): string | undefined {
    if (this.#isFramingPlain || (!this.isChunked && this.contentLength < 0)) return undefined
    return this.isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${this.contentLength}\r\n`
  }

  /** Whether the start line goes on in another form than it came. */
  #hasOtherStart(): boolean {
    return this.minorVersion === 0 || (this.#isAbsolute() && !this.isConnect) || this.#isMissingSpace()
  }

  #isAbsolute(): boolean {
    return (
      this.isRequest &&
      this.text.charCodeAt(this.#targetStart) !== 0x2f &&
      this.text.charCodeAt(this.#targetStart) !== 0x2a
    )
  }

  /** RFC 9112 4: a space stands before the reason also where there is none. */
  #isMissingSpace(): boolean {
    return !this.isRequest && this.text.charCodeAt(STATUS_END) !== 0x20
  }

  #startLine(): string {
    if (this.isRequest) return `${this.method} ${this.path} HTTP/1.1\r\n${this.#hostLine()}`
    return `HTTP/1.1${this.text.slice(8, STATUS_END)} ${this.statusText}\r\n`
  }

  /** RFC 9112 3.2: HTTP/1.1 has a Host in every request, an empty one where nobody said which. */
  #hostLine(): string {
    return this.#hasHost ? '' : `Host: ${this.targetAuthority ?? ''}\r\n`
  }

  #toFilteredText(framing: string | undefined, added: string): string {
    const lines = this.fields.forwardedLines(framing === undefined)
    return `${this.#startLine()}${lines}${framing ?? ''}${added}\r\n`
  }
}

/** The usual ones are no new strings, and so quickly told apart. */
function readMethod(text: string, end: number): string {
  for (const method of USUAL_METHODS) if (method.length === end && text.startsWith(method)) return method
  return text.slice(0, end)
}

/**
 * RFC 9110 7.8: Upgrade counts only where Connection names it, and not in HTTP/1.0. HTTP itself is taken out: behind a
 * switch to h2c or to TLS requests would pass that nobody here sees.
 */
function agreedUpgrade(head: HeadParser): string {
  const isAgreed = head.minorVersion === 1 && !head.isClose && head.connectionTokens.includes('upgrade')
  const isPossible = head.isRequest ? head.contentLength <= 0 && !head.isChunked : head.status === 101
  if (!isAgreed || !isPossible) return ''
  const protocols = head.upgrade.split(',').map((protocol) => trimBlanks(protocol))
  return protocols.filter((protocol) => protocol !== '' && !HTTP_AGAIN.test(protocol)).join(', ')
}
