/**
 * Everything that flows through a pipeline is one of four events: Data, MessageStart, MessageEnd and StreamEnd.
 * A message is MessageStart, any number of Data, MessageEnd; a stream ends with StreamEnd. Names and fields are
 * Pipy's.
 */

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
const textEncoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A run of bytes. A Data of size 0 is a flush: it asks everyone on its way to send what they hold back.
 *
 * Bytes in an event are borrowed ({@link Lifetime}): whoever keeps them beyond the call keeps `data.keep()` instead.
 */
export class Data {
  readonly type = 'Data'
  #buffer: Uint8Array
  #start: number
  #end: number
  /** The content as ISO 8859-1 text, instead of bytes: how heads travel. */
  #text: string | undefined
  #lifetime: Lifetime

  /**
   * @param content text, bytes, another Data (copied), or a number of zero bytes; nothing makes a flush
   * @param encoding of text. @default 'utf8'
   * @throws TypeError when text is not valid in its encoding
   */
  constructor(content?: string | number | Uint8Array | readonly number[] | Data, encoding: Encoding = 'utf8') {
    this.#buffer = content === undefined ? NO_BYTES : toOwnBytes(content, encoding)
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

  /** Text of which each character is one byte. */
  static latin1(text: string): Data {
    const data = new Data()
    data.#text = text
    return data
  }

  /** The same as the constructor with text. */
  static from(text: string, encoding: Encoding = 'utf8'): Data {
    return new Data(text, encoding)
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

  /** This Data when its bytes are its own, otherwise a copy: what to keep when a call returns. */
  keep(): Data {
    if (this.#lifetime === 'owned') return this
    const bytes = this.#buffer.slice(this.#start, this.#end)
    return Data.view(bytes, 0, bytes.length, 'owned')
  }

  /** The bytes from `start` to `end` as a Data that shares them. */
  slice(start: number, end: number): Data {
    this.#toBytes()
    return Data.view(this.#buffer, this.#start + start, Math.min(this.#start + end, this.#end), this.#lifetime)
  }

  /** Appends a copy of the content. */
  push(content: string | Uint8Array | Data): this {
    const added = content instanceof Data ? content.bytes : toOwnBytes(content, 'utf8')
    const size = this.size
    this.#reserve(size + added.length)
    this.#buffer.set(added, this.#end)
    this.#end += added.length
    return this
  }

  /** Takes up to `count` bytes off the front and gives them back. */
  shift(count: number): Data {
    this.#toBytes()
    const middle = Math.min(this.#start + Math.max(0, count), this.#end)
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
    return decode(this.bytes, encoding)
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
  readonly type = 'MessageStart'
  /** The decoded head that this event came from, if a decoder made it. */
  readonly source: HeadSource | undefined
  #head: Head | undefined

  /** @param head missing outside of HTTP, as in the messages that start a task */
  constructor(head?: HeadInit | null, source?: HeadSource) {
    this.#head = (head ?? undefined) as Head | undefined
    this.source = source
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
  readonly type = 'MessageEnd'
  /** Trailer fields, where the protocol has them. */
  readonly tail: Headers | undefined

  constructor(tail?: Headers | null) {
    this.tail = tail ?? undefined
  }
}

/** The end of a stream; nothing follows it. */
export class StreamEnd {
  readonly type = 'StreamEnd'
  /** Why it ended early; undefined when it ended in good order. */
  readonly error: unknown

  constructor(error?: unknown) {
    this.error = error === null || error === '' ? undefined : error
  }
}

/** A whole message, as filters collect and scripts make them. */
export class Message {
  readonly head: Head
  readonly body: Data | undefined
  readonly tail: Headers | undefined

  /** `new Message(head, body?, tail?)`, or `new Message(body)`. */
  constructor(head?: HeadInit | string | Data | null, body?: string | Data | Uint8Array | null, tail?: Headers | null) {
    const isBodyOnly = typeof head === 'string' || head instanceof Data
    this.head = (isBodyOnly ? undefined : (head ?? undefined)) as Head
    const content = isBodyOnly ? head : body
    this.body = content === undefined || content === null ? undefined : toData(content)
    this.tail = tail ?? undefined
  }
}

function toData(content: string | Data | Uint8Array): Data {
  return content instanceof Data ? content : new Data(content)
}

function toOwnBytes(content: string | number | Uint8Array | readonly number[] | Data, encoding: Encoding): Uint8Array {
  if (typeof content === 'string') return encode(content, encoding)
  if (typeof content === 'number') return new Uint8Array(content)
  return content instanceof Data ? content.bytes.slice() : Uint8Array.from(content)
}

function latin1ToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

function bytesToLatin1(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return text
}

function encode(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf8':
      return textEncoder.encode(text)
    case 'latin1':
      return latin1ToBytes(text)
    case 'hex':
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw invalid(text, encoding, 'pairs of hexadecimal digits')
      return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    case 'base64':
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
        throw invalid(text, encoding, 'groups of four letters')
      }
      return latin1ToBytes(atob(text))
    case 'base64url':
      if (!/^[A-Za-z0-9_-]*={0,2}$/.test(text)) throw invalid(text, encoding, 'letters, digits, "-" and "_"')
      return latin1ToBytes(atob(text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/')))
    default:
      throw new TypeError(`Cannot encode text: unknown encoding "${String(encoding)}"`)
  }
}

function decode(bytes: Uint8Array, encoding: Encoding): string | undefined {
  switch (encoding) {
    case 'utf8':
      try {
        return strictDecoder.decode(bytes)
      } catch {
        // Pipy tells invalid UTF-8 by undefined, so that a script can ask without catching.
        return undefined
      }
    case 'latin1':
      return bytesToLatin1(bytes)
    case 'hex':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    case 'base64':
      return btoa(bytesToLatin1(bytes))
    case 'base64url':
      return btoa(bytesToLatin1(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    default:
      throw new TypeError(`Cannot decode bytes: unknown encoding "${String(encoding)}"`)
  }
}

function invalid(text: string, encoding: Encoding, expected: string): TypeError {
  return new TypeError(`Cannot read "${text.slice(0, 40)}" as ${encoding}: expected ${expected}`)
}
