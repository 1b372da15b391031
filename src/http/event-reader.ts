import { ProxyError } from '../errors.ts'
import { type Data, MessageEnd, type MessageStart, type Receiver } from '../events.ts'
import { MessageHead } from './message-head.ts'
import type { MessageReader } from '../http-codec.ts'

/** Reads messages that come as events: as fetch has them, with nothing to take apart. */
export class EventReader implements MessageReader {
  requestMethod = 'GET'
  isHalted = false
  readonly isInHead = false
  readonly #isRequest: boolean
  readonly #output: Receiver
  #isInMessage = false
  #isUntilClose = false
  #isTunnel = false

  constructor(isRequest: boolean, output: Receiver) {
    this.#isRequest = isRequest
    this.#output = output
  }

  get isInMessage(): boolean {
    return this.#isInMessage
  }

  get isUntilClose(): boolean {
    return this.#isUntilClose
  }

  tunnel(): void {
    this.#isTunnel = true
  }

  /** Takes the beginning or the end of a message. */
  take(event: MessageStart | MessageEnd): void {
    this.#isInMessage = event.type === 'MessageStart'
    if (event.type === 'MessageStart' && event.source instanceof MessageHead) {
      const { contentLength, isChunked } = event.source
      this.#isUntilClose = !this.#isRequest && contentLength < 0 && !isChunked
    }
    this.#output.process(event)
  }

  decode(data: Data): number {
    const { size } = data
    this.#output.process(data)
    return size
  }

  end(): ProxyError | undefined {
    if (!this.#isInMessage || this.#isTunnel) return undefined
    if (this.#isUntilClose) {
      this.take(new MessageEnd())
      return undefined
    }
    const text = 'Cannot read on: the connection ended inside the body of a message'
    return new ProxyError('TRUNCATED_MESSAGE', text, this.#isRequest ? {} : { source: 'upstream' })
  }
}
