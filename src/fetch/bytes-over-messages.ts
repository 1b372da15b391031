import { ProxyError } from '../errors.ts'
import { Data, type Event, type Head, type MessageEnd, MessageStart, type Receiver } from '../events.ts'
import { EventWriter } from '../http/event-writer.ts'
import type { HttpCodec, MessageReader, MessageWriter } from '../http-codec.ts'
import { MessageHead } from '../http/message-head.ts'
import { PLAIN_MESSAGE } from '../http/message-settings.ts'
import type { MessageConnection } from '../streams/message-connection.ts'
import { runSoon } from '../streams/run-soon.ts'
import { type FieldEncoding, FieldText } from './field-text.ts'
import { TranslatedConnection } from './translated-connection.ts'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** What is known of the connection that is made one of bytes. */
export interface BytesOverMessagesOptions {
  /** What the bytes are written and read with. */
  readonly http1: HttpCodec
  /** What is read from it: a client's requests, or an upstream's answers. */
  readonly reads: 'requests' | 'answers'
  /** How the runtime's Headers read bytes. @default 'latin1' */
  readonly fieldEncoding?: FieldEncoding | undefined
}

/**
 * A connection that passes messages, as one of bytes of HTTP/1.1: for filters that look at the bytes. Messages that are
 * written have to be whole and correct HTTP, else it is closed with the error.
 */
export class BytesOverMessages extends TranslatedConnection<MessageConnection> {
  readonly #isServer: boolean
  readonly #text: FieldText
  /** What is read: messages that become bytes. */
  readonly #encoder: MessageWriter
  /** What is written: bytes that become messages. */
  readonly #decoder: MessageReader
  readonly #writer: EventWriter
  #method = 'GET'
  #isInterim = false

  constructor(connection: MessageConnection, { http1, reads, fieldEncoding = 'latin1' }: BytesOverMessagesOptions) {
    super(connection, connection.info)
    this.#isServer = reads === 'requests'
    this.#text = new FieldText(fieldEncoding)
    const bytes: Receiver = { process: (event) => event.type === 'Data' && this.handler?.onData(event) }
    this.#encoder = http1.write(this.#isServer, bytes)
    this.#writer = new EventWriter(!this.#isServer, { process: (event) => this.#put(event) })
    const messages: Receiver = { process: (event) => this.#takeWritten(event) }
    this.#decoder = http1.read({ isRequest: !this.#isServer }, messages)
  }

  get isBodyPassing(): boolean {
    return false
  }

  /** Bodies are made bytes here. */
  get readsBodies(): boolean {
    return true
  }

  write(data: Data): boolean {
    try {
      if (this.isTunnel) this.isFull = !this.connection.write(data) || this.isFull
      else this.#decoder.decode(data)
    } catch (error) {
      this.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take what is written'))
    }
    return !this.isFull
  }

  override end(): void {
    const truncated = this.isTunnel ? undefined : this.#decoder.end()
    if (truncated === undefined) super.end()
    else this.fail(truncated)
  }

  onMessage(event: MessageStart | MessageEnd): void {
    if (event.type === 'MessageEnd') {
      if (!this.isTunnel) this.check(this.#encoder.end(event))
      return
    }
    const source = event.source instanceof MessageHead ? event.source : undefined
    source?.keepBody()
    const upgrade = source?.upgrade ?? ''
    if (this.#isServer) {
      this.#method = source?.method ?? 'GET'
      this.#decoder.requestMethod = this.#method
    } else if (source?.status === 101) this.isTunnel = true
    event.head = this.#toText(event.head)
    const isPersistent = source?.isPersistent ?? true
    const settings = { ...PLAIN_MESSAGE, requestMethod: this.#method, upgrade, isPersistent }
    this.check(this.#encoder.start(event, settings))
  }

  onData(data: Data): void {
    if (this.isTunnel) this.handler?.onData(data)
    else this.check(this.#encoder.data(data))
  }

  /** A message that was written, event by event. */
  #takeWritten(event: Event): void {
    if (event.type === 'MessageStart') this.#startWritten(event)
    else if (event.type === 'Data') this.check(this.#writer.data(event))
    else if (event.type === 'MessageEnd' && this.#isInterim) this.#isInterim = false
    else if (event.type === 'MessageEnd') this.check(this.#writer.end(event))
  }

  #startWritten(event: MessageStart): void {
    const { status, upgrade, method, expectsContinue } = event.source as MessageHead
    this.#isInterim = this.#isServer && status < 200 && status !== 101
    if (this.#isInterim) return
    if (!this.#isServer) this.#method = method
    const head = this.#fromText(event.head)
    this.check(this.#writer.start(new MessageStart(head), { ...PLAIN_MESSAGE, requestMethod: this.#method, upgrade }))
    // Leave to send the body is nothing that fetch asks for.
    if (expectsContinue) runSoon(() => this.handler?.onData(Data.latin1(CONTINUE)))
    if (this.#isServer && status === 101) {
      this.isTunnel = true
      this.#decoder.tunnel()
    }
  }

  #put(event: Event): void {
    if (event.type === 'StreamEnd') return
    const isTaken = event.type === 'Data' ? this.connection.write(event) : this.connection.message(event)
    if (!isTaken) this.isFull = true
  }

  #toText(head: Head): Head {
    return this.#map(head, (value) => this.#text.toHead(value))
  }

  #fromText(head: Head): Head {
    return this.#map(head, (value) => this.#text.toHeaders(value))
  }

  #map(head: Head, convert: (value: string) => string): Head {
    const headers: Head['headers'] = {}
    for (const [name, value] of Object.entries(head.headers)) {
      headers[name] = Array.isArray(value) ? value.map((item) => convert(String(item))) : convert(String(value))
    }
    return { ...head, headers }
  }
}
