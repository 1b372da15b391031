import { ProxyError } from '../errors.ts'
import type { Data, Event, MessageEnd, MessageStart, Receiver } from '../events.ts'
import type { HttpCodec, MessageReader, MessageWriter } from '../http-codec.ts'
import type { MessageHead } from '../http/message-head.ts'
import type { SentMessageStart } from '../http/sent-message-start.ts'
import { directConnection } from '../streams/direct-connection.ts'
import { MessageConnection } from '../streams/message-connection.ts'
import { runSoon } from '../streams/run-soon.ts'
import type { Connection, ConnectionHandler, ConnectionInfo, DirectConnection } from '../transport.ts'

/** A connection of bytes to an upstream that speaks HTTP/1.1, as one that passes messages. */
export class MessagesOverBytes extends MessageConnection implements ConnectionHandler {
  readonly info: ConnectionInfo
  readonly #direct: DirectConnection
  readonly #encoder: MessageWriter
  readonly #decoder: MessageReader
  #handler: ConnectionHandler | undefined
  #method = ''
  #isTunnel = false
  #isFull = false

  constructor(connection: Connection, http1: HttpCodec) {
    super()
    this.info = connection.info
    this.#direct = directConnection(connection)
    const requests: Receiver = { process: (event) => this.#put(event) }
    this.#encoder = http1.write(true, requests)
    const answers: Receiver = { process: (event) => this.#takeAnswerEvent(event) }
    this.#decoder = http1.read({ isRequest: false }, answers)
  }

  attach(handler: ConnectionHandler): void {
    this.#handler = handler
    this.#direct.attach(this)
  }

  message(event: MessageStart | MessageEnd): boolean {
    if (event.type === 'MessageStart') {
      const { settings, method } = event as SentMessageStart
      this.#method = method
      this.#decoder.requestMethod = method
      this.#check(this.#encoder.start(event, settings))
    } else this.#check(this.#encoder.end(event))
    return !this.#isFull
  }

  write(data: Data): boolean {
    if (this.#isTunnel) this.#put(data)
    else this.#check(this.#encoder.data(data))
    return !this.#isFull
  }

  end(): void {
    this.#direct.end()
  }

  close(): void {
    this.#direct.close()
  }

  abort(): void {
    this.#direct.abort()
  }

  pause(): void {
    this.#direct.pause()
  }

  resume(): void {
    this.#direct.resume()
  }

  onOpen(): void {
    this.#handler?.onOpen?.()
  }

  onData(data: Data): void {
    try {
      this.#decoder.decode(data)
    } catch (error) {
      this.#fail(ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot take answer'))
    }
  }

  onEnd(): void {
    // A body that lasts until the end is over with it, and so is every other one that was cut: whoever reads knows which.
    this.#handler?.onEnd()
  }

  onDrain(): void {
    this.#isFull = false
    this.#handler?.onDrain()
  }

  onClose(error?: ProxyError): void {
    this.#handler?.onClose(error)
  }

  #put(event: Event): void {
    if (event.type === 'Data' && !this.#direct.write(event)) this.#isFull = true
  }

  #takeAnswerEvent(event: Event): void {
    if (event.type === 'Data') this.#handler?.onData(event)
    else if (event.type !== 'StreamEnd') {
      if (event.type === 'MessageStart') this.#switchIfAgreed(event.source as MessageHead)
      this.#handler?.onMessage?.(event)
    }
  }

  #switchIfAgreed({ status }: MessageHead): void {
    if (status !== 101 && !(this.#method === 'CONNECT' && status >= 200 && status < 300)) return
    this.#isTunnel = true
    this.#decoder.tunnel()
  }

  #check(error: ProxyError | undefined): void {
    if (error !== undefined) this.#fail(error)
  }

  #fail(error: ProxyError): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#direct.abort()
    runSoon(() => handler?.onClose(error))
  }
}
