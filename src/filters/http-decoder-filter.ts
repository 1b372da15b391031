import type { MessageReaderOptions } from '../http-codec.ts'
import type { Provider } from '../engine/callback.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import { ProxyError } from '../errors.ts'
import { type Event, MessageEnd, MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { createErrorMessage } from '../http/error-message.ts'
import { MessageDecoder } from '../http/message-decoder.ts'

/** Bytes to messages: what decodeHTTPRequest and decodeHTTPResponse share. */
export class HttpDecoderFilter<V> extends Filter<V> {
  readonly #isRequest: boolean
  readonly #bodiless: Provider<boolean, V> | undefined
  readonly #decoder: MessageDecoder
  #isInMessage = false
  #isOver = false

  /** @param bodiless of answers: whether the next one has no body although its head names one (to HEAD) */
  constructor(pipeline: Pipeline<V>, options: MessageReaderOptions, bodiless: Provider<boolean, V> | undefined) {
    super(pipeline)
    this.#isRequest = options.isRequest
    this.#bodiless = bodiless
    const messages: Receiver = { process: (event) => this.#pass(event) }
    this.#decoder = new MessageDecoder(options, messages)
  }

  override process(event: Event): void {
    if (this.#isOver) return
    if (event.type === 'StreamEnd') return this.#end(event)
    if (event.type !== 'Data') return
    if (event.size === 0) return this.next.process(event)
    if (!this.#decoder.isInMessage) this.#askBodiless()
    if (this.#isOver) return
    try {
      this.#decoder.decode(event)
    } catch (error) {
      if (this.#isOver) return
      this.#isOver = true
      const failure = ProxyError.from(error, 'CALLBACK_FAILED', 'Cannot decode message')
      this.next.process(new StreamEnd(failure))
    }
  }

  /** Asks about the message that comes next: of several in one Data, about each. */
  #askBodiless(): void {
    const bodiless = this.#bodiless
    try {
      const isBodiless = typeof bodiless === 'function' ? bodiless(this.pipeline.context) : bodiless
      this.#decoder.requestMethod = isBodiless === true ? 'HEAD' : 'GET'
    } catch (error) {
      this.#isOver = true
      this.#decoder.isHalted = true
      this.pipeline.fail(error, this.#isRequest ? 'decodeHTTPRequest' : 'decodeHTTPResponse')
    }
  }

  #pass(event: Event): void {
    if (event.type === 'MessageStart') this.#isInMessage = true
    else if (event.type === 'MessageEnd') this.#isInMessage = false
    this.next.process(event)
    if (event.type === 'MessageEnd') this.#askBodiless()
  }

  #end(event: StreamEnd): void {
    this.#isOver = true
    const truncated = event.error === undefined ? this.#decoder.end() : undefined
    if (event.error !== undefined && !this.#isRequest && !this.#isInMessage) {
      const { head, body } = createErrorMessage(ProxyError.from(event.error, 'CONNECTION_RESET', 'Cannot read answer'))
      this.next.process(new MessageStart(head))
      if (body !== undefined) this.next.process(body)
      this.next.process(new MessageEnd())
    }
    this.next.process(truncated === undefined ? event : new StreamEnd(truncated))
  }
}
