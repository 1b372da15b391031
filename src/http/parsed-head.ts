import type { Head } from '../events.ts'
import { FIELD_KIND } from './field-kind.ts'
import type { HeadFacts } from './head-facts.ts'
import { HeadFields } from './head-fields.ts'
import { isRemovable } from './hop-by-hop.ts'
import { MessageHead } from './message-head.ts'
import { trimBlanks } from './trim-blanks.ts'

const USUAL_METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT'] as const
const NOTHING: readonly string[] = []
/** Behind "HTTP/1.1 200". */
const STATUS_END = 12
const HTTP_AGAIN = /^(?:h2c?|http|tls)(?:\/|$)/i

/**
 * A head as it came, in text, with what the parser found out. The head object that scripts see is built from it when
 * it is first read; a head that nobody changed is forwarded as the text, without the lines that must not go on.
 */
export class ParsedHead extends MessageHead {
  readonly method: string
  /** Start line and header lines with the empty line behind them, as ISO 8859-1. */
  readonly text: string
  readonly hasUnknownLength: boolean
  readonly #facts: HeadFacts
  /** Fields that Connection names, in lower case: neither shown nor forwarded (RFC 9110 7.6.1). */
  readonly #removed: readonly string[]
  #fields: HeadFields | undefined
  #path: string | undefined

  /** @param facts what the parser found out about the text, and nobody changes any more */
  constructor(facts: HeadFacts, text: string, hasUnknownLength = false) {
    super()
    this.text = text
    this.method = facts.isRequest ? readMethod(text, facts.methodEnd) : ''
    this.hasUnknownLength = hasUnknownLength
    this.#facts = facts
    this.#removed = facts.connectionTokens.length === 0 ? NOTHING : facts.connectionTokens.filter(isRemovable)
    this.#fields = undefined
    this.#path = undefined
  }

  get isRequest(): boolean {
    return this.#facts.isRequest
  }

  get minorVersion(): number {
    return this.#facts.minorVersion
  }

  /** Of an answer; 0 for requests. */
  get status(): number {
    return this.#facts.status
  }

  /** -1 when the head names none. */
  get contentLength(): number {
    return this.hasUnknownLength ? -1 : this.#facts.contentLength
  }

  get isChunked(): boolean {
    return this.#facts.isChunked && !this.hasUnknownLength
  }

  /** Whether the sender's connection stays open after this message (RFC 9112 9.3). */
  get isPersistent(): boolean {
    const { isClose, isKeepAlive, minorVersion } = this.#facts
    return !isClose && (minorVersion === 1 || isKeepAlive)
  }

  /** A request with `Expect: 100-continue`; in HTTP/1.0 it means nothing (RFC 9110 10.1.1). */
  get expectsContinue(): boolean {
    return this.#facts.expectsContinue && this.#facts.minorVersion === 1
  }

  /** Whether the sender takes trailers (RFC 9110 10.1.4). HTTP/1.0 has no chunks, and so no place for them. */
  get acceptsTrailers(): boolean {
    return this.#facts.acceptsTrailers && this.#facts.minorVersion === 1
  }

  /** What Keep-Alive says about the sender's connection; empty without one. */
  get keepAlive(): string {
    return this.#facts.keepAlive
  }

  /**
   * The protocols that a request without a body asks to switch to, or the one that an answer with 101 switches to
   * (RFC 9110 7.8); empty otherwise.
   */
  get upgrade(): string {
    return this.#facts.upgrade === '' || this.hasUnknownLength ? '' : agreedUpgrade(this.#facts)
  }

  /** The path with its query, also when the target came as an absolute URL; `*` for the server as a whole. */
  get path(): string {
    this.#path ??= this.#readPath()
    return this.#path
  }

  #readPath(): string {
    const { targetStart, targetEnd, hasAuthority } = this.#facts
    const target = this.text.slice(targetStart, targetEnd)
    if (this.isConnect || !hasAuthority) return target
    const slash = target.indexOf('/', target.indexOf('//') + 2)
    const question = target.indexOf('?')
    if (question >= 0 && (slash < 0 || question < slash)) return `/${target.slice(question)}`
    if (slash >= 0) return target.slice(slash)
    // RFC 9112 3.2.4: the absolute form of the server as a whole.
    return this.method === 'OPTIONS' ? '*' : '/'
  }

  /** The host of a target that came as an absolute URL or with CONNECT; undefined for the other forms. */
  get targetAuthority(): string | undefined {
    const { targetStart, targetEnd, hasAuthority } = this.#facts
    if (!hasAuthority) return undefined
    if (this.isConnect) return this.path
    const target = this.text.slice(targetStart, targetEnd)
    return target.slice(target.indexOf('//') + 2).split(/[/?]/, 1)[0]
  }

  /** The host that a request is for; undefined when it names none. */
  get host(): string | undefined {
    return this.targetAuthority ?? this.fields.get('host')
  }

  /** Whether it came with fields that say for whom it is forwarded. */
  get hasForwardedLines(): boolean {
    return this.#facts.knownLines.some((kind, i) => i % 3 === 0 && kind === FIELD_KIND.forwarded)
  }

  get statusText(): string {
    return this.text.slice(STATUS_END + 1, Math.max(STATUS_END + 1, this.#facts.startLineEnd - 2))
  }

  /** The header lines, taken apart when they are first asked for. */
  get fields(): HeadFields {
    this.#fields ??= new HeadFields(this.text, this.#facts.startLineEnd, this.#facts.headerCount, this.#removed)
    return this.#fields
  }

  field(name: string): string | undefined {
    return this.fields.get(name)
  }

  toHead(): Head {
    const protocol = this.minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0'
    const headers = this.fields.toHeaders()
    // HTTP/1.0 names its host in the target, if anywhere.
    if (!this.#facts.hasHost && this.#facts.hasAuthority) headers.host = this.targetAuthority as string
    if (this.isRequest) return { protocol, headers, method: this.method, path: this.path }
    return { protocol, headers, status: this.status, statusText: this.statusText }
  }

  withUnknownLength(): ParsedHead {
    const head = new ParsedHead(this.#facts, this.text, true)
    head.origin = this.origin
    head.#fields = this.#fields
    return head
  }

  withForwarded(isDropped: (name: string) => boolean, added: string): ParsedHead {
    const { knownLines: lines, framingStart, framingEnd } = this.#facts
    const knownLines: number[] = []
    let text = ''
    let from = 0
    let removed = 0
    let removedBeforeFraming = 0
    let headerCount = this.#facts.headerCount + added.split('\r\n').length - 1
    for (let i = 0; i < lines.length; i += 3) {
      const [kind, start, end] = lines.slice(i, i + 3) as [number, number, number]
      const name = kind === FIELD_KIND.forwarded ? this.text.slice(start, this.text.indexOf(':', start)) : ''
      if (name !== '' && isDropped(name.toLowerCase())) {
        text += this.text.slice(from, start)
        from = end
        removed += end - start
        if (start < framingStart) removedBeforeFraming = removed
        headerCount--
      } else knownLines.push(kind, start - removed, end - removed)
    }
    const facts: HeadFacts = {
      ...this.#facts,
      knownLines,
      headerCount,
      framingStart: framingStart - removedBeforeFraming,
      framingEnd: framingEnd - removedBeforeFraming,
    }
    const head = new ParsedHead(facts, `${text}${this.text.slice(from, -2)}${added}\r\n`, this.hasUnknownLength)
    head.origin = this.origin
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
    const { isFramingPlain, isStartPlain, startLineEnd, framingStart, framingEnd, knownLines } = this.#facts
    const framing = isFramingPlain ? given : (given ?? this.#mendedFraming())
    if (this.#removed.length > 0) return this.#toFilteredText(framing, added)
    let kept = ''
    let from = 0
    if (!isStartPlain) {
      kept = this.#startLine()
      from = startLineEnd
    }
    // The line that frames the body stands somewhere between the others.
    let isFramingLeft = framing !== undefined && framingEnd > 0
    for (let i = 0; i < knownLines.length; i += 3) {
      if (knownLines[i] === FIELD_KIND.forwarded) continue
      const start = knownLines[i + 1] as number
      if (isFramingLeft && framingStart < start) {
        kept += text.slice(from, framingStart)
        from = framingEnd
        isFramingLeft = false
      }
      kept += text.slice(from, start)
      from = knownLines[i + 2] as number
    }
    if (isFramingLeft) {
      kept += text.slice(from, framingStart)
      from = framingEnd
    }
    const lines = framing === undefined ? added : framing + added
    if (lines === '') return from === 0 ? text : kept + text.slice(from)
    return `${kept}${text.slice(from, -2)}${lines}\r\n`
  }

  /** The line that frames the body, in the form that no reader misses, if it came in another one. */
  #mendedFraming(): string | undefined {
    if (!this.isChunked && this.contentLength < 0) return undefined
    return this.isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${this.contentLength}\r\n`
  }

  #startLine(): string {
    if (this.isRequest) return `${this.method} ${this.path} HTTP/1.1\r\n${this.#hostLine()}`
    return `HTTP/1.1${this.text.slice(8, STATUS_END)} ${this.statusText}\r\n`
  }

  /** RFC 9112 3.2: HTTP/1.1 has a Host in every request, an empty one where nobody said which. */
  #hostLine(): string {
    return this.#facts.hasHost ? '' : `Host: ${this.targetAuthority ?? ''}\r\n`
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
function agreedUpgrade(head: HeadFacts): string {
  const isAgreed = head.minorVersion === 1 && !head.isClose && head.connectionTokens.includes('upgrade')
  const isPossible = head.isRequest ? head.contentLength <= 0 && !head.isChunked : head.status === 101
  if (!isAgreed || !isPossible) return ''
  const protocols = head.upgrade.split(',').map((protocol) => trimBlanks(protocol))
  return protocols.filter((protocol) => protocol !== '' && !HTTP_AGAIN.test(protocol)).join(', ')
}
