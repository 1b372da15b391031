import { ProxyError } from '../errors.ts'
import type { Data, Event, MessageEnd, MessageStart, Receiver } from '../events.ts'
import type { HttpCodec, MessageReader, MessageWriter } from '../http-codec.ts'
import type { MessageHead } from '../http/message-head.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { directConnection } from '../streams/direct-connection.ts'
import { noStreams } from '../streams/no-streams.ts'
import type { Connection, DirectConnection } from '../transport.ts'
import { TranslatedConnection } from './translated-connection.ts'

/** A connection of bytes to an upstream that speaks HTTP/1.1, as one that passes messages. */
export class MessagesOverBytes extends TranslatedConnection<DirectConnection> {
  readonly #encoder: MessageWriter
  readonly #decoder: MessageReader
  #method = ''

  constructor(connection: Connection, http1: HttpCodec) {
    super(directConnection(connection), connection.info)
    const requests: Receiver = { process: (event) => this.#put(event) }
    this.#encoder = http1.write(true, requests)
    const answers: Receiver = { process: (event) => this.#takeAnswerEvent(event) }
    this.#decoder = http1.read({ isRequest: false }, answers)
  }

  message(event: MessageStart | MessageEnd): boolean {
    if (event.type === 'MessageStart') {
      const { settings, method } = event as SentMessageStart
      this.#method = method
      this.#decoder.requestMethod = method
      this.check(this.#encoder.start(event, settings))
    } else this.check(this.#encoder.end(event))
    return !this.isFull
  }

  write(data: Data): boolean {
    if (this.isTunnel) this.#put(data)
    else this.check(this.#encoder.data(data))
    return !this.isFull
  }

  onData(data: Data): void {
    try {
      this.#decoder.decode(data)
    } catch (error) {
      this.fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take answer'))
    }
  }

  protected override toStreams(): never {
    throw noStreams()
  }

  #put(event: Event): void {
    if (event.type === 'Data' && !this.connection.write(event)) this.isFull = true
  }

  #takeAnswerEvent(event: Event): void {
    if (event.type === 'Data') this.handler?.onData(event)
    else if (event.type !== 'StreamEnd') {
      if (event.type === 'MessageStart') this.#switchIfAgreed(event.source as MessageHead)
      this.handler?.onMessage?.(event)
    }
  }

  #switchIfAgreed({ status }: MessageHead): void {
    if (status !== 101 && !(this.#method === 'CONNECT' && status >= 200 && status < 300)) return
    this.isTunnel = true
    this.#decoder.tunnel()
  }
}
