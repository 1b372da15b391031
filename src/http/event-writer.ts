import { ProxyError } from '../errors.ts'
import type { Data, Event, Head, MessageEnd, MessageStart, Receiver } from '../events.ts'
import { isBodiless } from './is-bodiless.ts'
import { lengthMismatch } from './length-mismatch.ts'
import { MessageHead } from './message-head.ts'
import type { MessageSettings, MessageWriter } from '../http-codec.ts'
import { PLAIN_MESSAGE } from './message-settings.ts'
import { readLength } from './read-length.ts'
import { SentMessageStart } from './sent-message-start.ts'

/** Of a body: `counted`, against what the head says; `open`, as it comes; `dropped`; `measured` and dropped. */
type Framing = 'counted' | 'open' | 'dropped' | 'measured'

/**
 * Writes messages as events: to where they become a Request or a Response, with nothing to put together. It holds
 * messages to the same rules as the one that writes bytes. Interim answers have no place in fetch, and are dropped.
 */
export class EventWriter implements MessageWriter {
  hasWrittenHead = false
  isLast = false
  readonly #isRequest: boolean
  readonly #output: Receiver
  #start: MessageStart | undefined
  #settings = PLAIN_MESSAGE
  #method = ''
  #status = 0
  #framing: Framing = 'open'
  /** Of a body that is counted what is missing, of one that is measured what has come. */
  #bytes = 0

  constructor(isRequest: boolean, output: Receiver) {
    this.#isRequest = isRequest
    this.#output = output
  }

  start(event: MessageStart, settings: MessageSettings = PLAIN_MESSAGE): ProxyError | undefined {
    this.#start = event
    this.#settings = settings
    this.hasWrittenHead = false
    this.isLast = !settings.isPersistent
    const source =
      event.source instanceof MessageHead && event.source.isRequest === this.#isRequest ? event.source : undefined
    const head = source !== undefined && !event.isHeadRead ? undefined : (event.head as Head | undefined)
    const isUnknown = event.source instanceof MessageHead && event.source.hasUnknownLength
    const told = head === undefined ? (source?.contentLength ?? -1) : readLength(head.headers?.['content-length'])
    if (told instanceof ProxyError) return told
    const length = isUnknown ? -1 : told
    const status = Number(head === undefined ? (source?.status ?? 200) : (head?.status ?? 200))
    this.#status = this.#isRequest ? 0 : status
    this.#method = this.#isRequest ? (head === undefined ? (source?.method ?? '') : (head?.method ?? 'GET')) : ''
    if (!this.#isRequest && isBodiless(status, settings.requestMethod)) {
      // What HEAD is told of the body is what GET would be told; of a script's answer that is how much it gives.
      const isMeasured = settings.requestMethod === 'HEAD' && status !== 304 && length < 0 && (isUnknown || !source)
      this.#framing = isMeasured ? 'measured' : 'dropped'
      this.#bytes = 0
      return isMeasured ? undefined : this.#write(length)
    }
    this.#framing = length >= 0 ? 'counted' : 'open'
    this.#bytes = length
    return this.#write(length)
  }

  data(event: Data): ProxyError | undefined {
    if (this.#framing === 'dropped') return undefined
    if (this.#framing === 'measured') {
      this.#bytes += event.size
      return undefined
    }
    if (this.#framing === 'counted') {
      this.#bytes -= event.size
      if (this.#bytes < 0) return lengthMismatch(this.#bytes)
    }
    return event.size === 0 ? undefined : this.#attempt(event)
  }

  end(event: MessageEnd): ProxyError | undefined {
    if (this.#framing === 'measured') {
      const error = this.#write(this.#bytes)
      if (error !== undefined) return error
    } else if (this.#framing === 'counted' && this.#bytes > 0 && !this.#isBodyPassed) return lengthMismatch(this.#bytes)
    return this.#attempt(event)
  }

  interim(): undefined {
    return undefined
  }

  get #isBodyPassed(): boolean {
    const source = this.#start?.source
    return source instanceof MessageHead && source.isBodyPassed
  }

  #write(length: number): ProxyError | undefined {
    const start = this.#start as MessageStart
    const error = this.#attempt(new SentMessageStart(start, this.#settings, this.#method, this.#status, length))
    if (error === undefined) this.hasWrittenHead = true
    return error
  }

  /** Whoever makes a Request or a Response of it may find that it cannot be one. */
  #attempt(event: Event): ProxyError | undefined {
    try {
      this.#output.process(event)
      return undefined
    } catch (error) {
      return ProxyError.from(error, 'INVALID_OUTPUT', 'Cannot send message')
    }
  }
}
