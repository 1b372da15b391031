/**
 * Everything that flows through a pipeline is one of four events: Data, MessageStart, MessageEnd and StreamEnd.
 * A message is MessageStart, any number of Data, MessageEnd; a stream ends with StreamEnd. Names and fields are
 * Pipy's.
 */

import { decodeBytes } from './decode-bytes.ts'
import { encodeText } from './encode-text.ts'
import { latin1ToBytes } from './latin1-to-bytes.ts'

/** One event of a stream. `type` tells which. */
export type Event = Data | MessageStart | MessageEnd | StreamEnd

/** The encodings that Data reads and writes. */
export type Encoding = 'utf8' | 'latin1' | 'hex' | 'base64' | 'base64url'

/**
 * How long the bytes of a Data may be used by whoever is given it.
 * `owned`: for ever; nobody else writes into them. `call`: until the call that passed the event returns.
 * `pause`: like `call`, or, if the receiver paused its source during that call, until it resumes it.
 */
export type Lifetime = 'owned' | 'call' | 'pause'

/** Whoever events are handed to. Calls are synchronous and never overlap for one receiver's stream. */
export interface Receiver {
  process(event: Event): void
}

/**
 * Where a stream of events comes from, as its receiver sees it. A receiver that is full calls `pause`; the source stops
 * as soon as it can (what it has in hand still comes) until `resume`. Calls are counted: each `pause` is followed by
 * one `resume`, and several receivers may hold the same source.
 */
export interface Source {
  pause(): void
  resume(): void
}

const NO_BYTES = new Uint8Array(0)

/**
 * A run of bytes. A Data of size 0 is a flush: it asks everyone on its way to send what they hold back.
 *
 * Bytes in an event are borrowed ({@link Lifetime}): whoever keeps them beyond the call keeps `data.keep()` instead.
 */
export class Data {
  #buffer: Uint8Array
  #start: number
  #end: number
  /** The content as ISO 8859-1 text, instead of bytes: how heads travel. */
  #text: string | undefined
  #lifetime: Lifetime

  /**
   * @param content text, bytes, another Data (copied), or a number of zero bytes; nothing makes a flush
   * @param encoding of text. @default 'utf8'
   * @throws TypeError when text is not valid in its encoding, or the content is something else
   */
  constructor(content?: string | number | Uint8Array | readonly number[] | Data | null, encoding: Encoding = 'utf8') {
    this.#buffer = content === undefined || content === null ? NO_BYTES : toOwnBytes(content, encoding)
    this.#start = 0
    this.#end = this.#buffer.length
    this.#text = undefined
    this.#lifetime = 'owned'
  }

  /** The bytes from `start` to `end` of a buffer, without copying them. */
  static view(buffer: Uint8Array, start: number, end: number, lifetime: Lifetime): Data {
    const data = new Data()
    data.#buffer = buffer
    data.#start = start
    data.#end = end
    data.#lifetime = lifetime
    return data
  }

  /** Text of which each character is one byte: none may be beyond U+00FF, which is the caller's to see to. */
  static latin1(text: string): Data {
    const data = new Data()
    data.#text = text
    return data
  }

  /** The same as the constructor with text. */
  static from(text: string, encoding: Encoding = 'utf8'): Data {
    return new Data(text, encoding)
  }

  get type(): 'Data' {
    return 'Data'
  }

  /** How many bytes. */
  get size(): number {
    return this.#text === undefined ? this.#end - this.#start : this.#text.length
  }

  /** How long the bytes may be used. */
  get lifetime(): Lifetime {
    return this.#lifetime
  }

  /** The content as ISO 8859-1 text if it is held as such; undefined when it is held as bytes. */
  get latin1Text(): string | undefined {
    return this.#text
  }

  /** The bytes, not copied. They are not for changing. */
  get bytes(): Uint8Array {
    this.#toBytes()
    if (this.#start === 0 && this.#end === this.#buffer.length) return this.#buffer
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** The buffer that the bytes lie in, from `start` to `end`: for those who parse without making views. */
  get buffer(): Uint8Array {
    this.#toBytes()
    return this.#buffer
  }

  get start(): number {
    return this.#start
  }

  get end(): number {
    this.#toBytes()
    return this.#end
  }

  /**
   * Makes the bytes this Data's own: copies them once, however many ask, unless they are. What to do with a Data that is
   * to outlive the call.
   */
  keep(): this {
    if (this.#lifetime === 'owned') return this
    this.#buffer = copyBytes.call(this.#buffer, this.#start, this.#end)
    this.#end -= this.#start
    this.#start = 0
    this.#lifetime = 'owned'
    return this
  }

  /** The bytes from `start` to `end`, both cut to what there is, as a Data that shares them. */
  slice(start: number, end: number): Data {
    this.#toBytes()
    const first = Math.min(this.#start + start, this.#end)
    return Data.view(this.#buffer, first, Math.max(first, Math.min(this.#start + end, this.#end)), this.#lifetime)
  }

  /** Appends a copy of the content. @throws TypeError when it is neither text nor bytes */
  push(content: string | Uint8Array | Data): this {
    const added = toData(content).bytes
    const size = this.size
    this.#reserve(size + added.length)
    this.#buffer.set(added, this.#end)
    this.#end += added.length
    return this
  }

  /** Takes up to `count` bytes off the front and gives them back; they are shared, not copied. */
  shift(count: number): Data {
    this.#toBytes()
    const middle = Math.min(this.#start + (count > 0 ? Math.floor(count) : 0), this.#end)
    const taken = Data.view(this.#buffer, this.#start, middle, this.#lifetime)
    this.#start = middle
    return taken
  }

  /** The bytes as numbers. */
  toArray(): number[] {
    return Array.from(this.bytes)
  }

  /** The content as text; undefined when the bytes are not valid UTF-8 and `encoding` is 'utf8'. */
  toString(encoding: Encoding = 'utf8'): string | undefined {
    if (encoding === 'latin1' && this.#text !== undefined) return this.#text
    return decodeBytes(this.bytes, encoding)
  }

  #toBytes(): void {
    if (this.#text === undefined) return
    this.#buffer = latin1ToBytes(this.#text)
    this.#start = 0
    this.#end = this.#buffer.length
    this.#text = undefined
  }

  /** Makes the buffer this Data's own, with room for `capacity` bytes, doubling so that appending stays cheap. */
  #reserve(capacity: number): void {
    this.#toBytes()
    if (this.#isTail && this.#start + capacity <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(capacity, 2 * (this.#end - this.#start), 64))
    grown.set(this.#buffer.subarray(this.#start, this.#end))
    this.#end -= this.#start
    this.#start = 0
    this.#buffer = grown
    this.#lifetime = 'owned'
    this.#isTail = true
  }

  /** Whether the room behind `end` was reserved by this very Data; a view of somebody's buffer must not write there. */
  #isTail = false
}

/** A head as scripts see it: of a request, an answer, or any protocol's own fields. Header names are lower case. */
export interface Head {
  protocol?: string
  headers: Headers
  method?: string
  path?: string
  status?: number
  statusText?: string
  [field: string]: unknown
}

/** Header fields by lower-case name. Repeated ones are joined by ', ', except set-cookie, which is always an array. */
export interface Headers {
  host?: string
  cookie?: string
  connection?: string
  'content-type'?: string
  'content-length'?: string
  'set-cookie'?: string[]
  [name: string]: string | number | readonly string[] | undefined
}

/** What a head may be made from: every field may be missing, and has its default on the wire. */
export type HeadInit = Partial<Head>

/** Something that can tell a head when it is first asked for: decoders give one instead of building the object. */
export interface HeadSource {
  toHead(): Head
  /** The same head for a body that is being changed on its way: the length that came with it no longer holds. */
  withUnknownLength(): HeadSource
}

/** The start of a message. */
export class MessageStart {
  /** The decoded head that this event came from, if a decoder made it. */
  readonly source: HeadSource | undefined
  #head: Head | undefined

  /** @param head missing outside of HTTP, as in the messages that start a task */
  constructor(head?: HeadInit | null, source?: HeadSource) {
    this.#head = (head ?? undefined) as Head | undefined
    this.source = source
  }

  get type(): 'MessageStart' {
    return 'MessageStart'
  }

  /** The head, built when it is first read, and the same object from then on. */
  get head(): Head {
    this.#head ??= this.source?.toHead()
    return this.#head as Head
  }

  set head(head: Head) {
    this.#head = head
  }

  /** Whether anybody has seen the head object yet; if not, nobody can have changed it. */
  get isHeadRead(): boolean {
    return this.#head !== undefined
  }
}

/** The end of a message. */
export class MessageEnd {
  readonly #tail: Headers | undefined

  constructor(tail?: Headers | null) {
    this.#tail = tail ?? undefined
  }

  get type(): 'MessageEnd' {
    return 'MessageEnd'
  }

  /** Trailer fields, where the protocol has them. */
  get tail(): Headers | undefined {
    return this.#tail
  }
}

/** The end of a stream; nothing follows it. */
export class StreamEnd {
  /** Why it ended early; undefined when it ended in good order. */
  readonly error: unknown

  constructor(error?: unknown) {
    this.error = error === null || error === '' ? undefined : error
  }

  get type(): 'StreamEnd' {
    return 'StreamEnd'
  }
}

/** A whole message, as filters collect and scripts make them. */
export class Message {
  readonly head: Head
  readonly body: Data | undefined
  readonly tail: Headers | undefined

  /** `new Message(head, body?, tail?)`, or `new Message(body)`. @throws TypeError for anything else */
  constructor(head?: HeadInit | string | Data | null, body?: string | Data | Uint8Array | null, tail?: Headers | null) {
    const isBodyOnly = typeof head === 'string' || head instanceof Data
    if (!isBodyOnly && typeof head !== 'object' && head !== undefined) throw notContent('a Message', head)
    this.head = (isBodyOnly ? undefined : (head ?? undefined)) as Head
    const content = isBodyOnly ? head : body
    this.body = content === undefined || content === null ? undefined : toData(content)
    this.tail = tail ?? undefined
  }
}

// That of the class itself: the one of Node's Buffer makes no copy.
const copyBytes = Uint8Array.prototype.slice

function toData(content: string | Data | Uint8Array): Data {
  if (content instanceof Data) return content
  if (typeof content === 'string' || content instanceof Uint8Array) return new Data(content)
  throw notContent('the body of a Message', content)
}

function toOwnBytes(content: string | number | Uint8Array | readonly number[] | Data, encoding: Encoding): Uint8Array {
  if (typeof content === 'string') return encodeText(content, encoding)
  if (content instanceof Data) return copyBytes.call(content.bytes)
  if (content instanceof Uint8Array || Array.isArray(content)) return new Uint8Array(content)
  if (Number.isSafeInteger(content) && (content as number) >= 0) return new Uint8Array(content as number)
  throw notContent('Data', content)
}

function notContent(made: string, content: unknown): TypeError {
  const isObject = typeof content === 'object' || typeof content === 'function'
  const given = isObject ? 'an object that is none of these' : String(content)
  return new TypeError(`Cannot make ${made} of ${given}: expected text, bytes, Data or, for a Message, a head`)
}
