import type { Provider } from '../engine/callback.ts'
import { Filter } from '../engine/filter.ts'
import type { Pipeline } from '../engine/pipeline.ts'
import type { ProxyError } from '../errors.ts'
import { type Event, type MessageStart, type Receiver, StreamEnd } from '../events.ts'
import { MessageEncoder } from '../http/message-encoder.ts'
import { PLAIN_MESSAGE } from '../http/message-settings.ts'

/** Messages to bytes: what encodeHTTPRequest and encodeHTTPResponse share. */
export class HttpEncoderFilter<V> extends Filter<V> {
  readonly #isRequest: boolean
  readonly #bodiless: Provider<boolean, V> | undefined
  readonly #encoder: MessageEncoder
  #isInMessage = false
  #isOver = false

  /** @param bodiless of answers: whether the next one is sent without its body (to HEAD) */
  constructor(pipeline: Pipeline<V>, isRequest: boolean, bodiless: Provider<boolean, V> | undefined) {
    super(pipeline)
    this.#isRequest = isRequest
    this.#bodiless = bodiless
    const bytes: Receiver = { process: (event) => this.next.process(event) }
    this.#encoder = new MessageEncoder(isRequest, bytes)
  }

  override process(event: Event): void {
    if (this.#isOver) return
    switch (event.type) {
      case 'MessageStart':
        return this.#start(event)
      case 'Data':
        if (this.#isInMessage) this.#check(this.#encoder.data(event))
        return
      case 'MessageEnd':
        if (!this.#isInMessage) return
        this.#isInMessage = false
        return this.#check(this.#encoder.end(event))
      case 'StreamEnd':
        this.#isOver = true
        this.next.process(event)
    }
  }

  #start(event: MessageStart): void {
    this.#isInMessage = true
    if (this.#isRequest) return this.#check(this.#encoder.start(event))
    const bodiless = this.#bodiless
    let requestMethod: string
    try {
      const isBodiless = typeof bodiless === 'function' ? bodiless(this.pipeline.context) : bodiless
      requestMethod = isBodiless === true ? 'HEAD' : 'GET'
    } catch (error) {
      this.#isOver = true
      return this.pipeline.fail(error, 'encodeHTTPResponse')
    }
    this.#check(this.#encoder.start(event, { ...PLAIN_MESSAGE, requestMethod }))
  }

  #check(error: ProxyError | undefined): void {
    if (error === undefined) return
    this.#isOver = true
    this.next.process(new StreamEnd(error))
  }
}
