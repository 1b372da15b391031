import type { ProxyError } from '../errors.ts'
import type { Event, MessageEnd, MessageStart } from '../events.ts'
import { BodyCollector } from './body-collector.ts'
import { bodyTooLarge } from './body-too-large.ts'
import { CollectedMessage } from './collected-message.ts'

/** Collects one message after the other from the events of a stream. */
export class MessageCollector {
  readonly #body: BodyCollector
  #start: MessageStart | undefined
  #isTruncated = false

  /** @param maxBodyBytes beyond which a body is cut off */
  constructor(maxBodyBytes: number) {
    this.#body = new BodyCollector(maxBodyBytes)
  }

  /** Whether a message has begun and not ended. */
  get isCollecting(): boolean {
    return this.#start !== undefined
  }

  /** Whether the message under way is longer than the limit. */
  get isTruncated(): boolean {
    return this.#isTruncated
  }

  /** BODY_TOO_LARGE, about the message under way. */
  get overflow(): ProxyError {
    return bodyTooLarge(this.#start, this.#body.maxBodyBytes)
  }

  /** Takes an event. @returns the message when this is its end; events outside of messages are ignored */
  collect(event: Event): CollectedMessage | undefined {
    switch (event.type) {
      case 'MessageStart':
        this.clear()
        this.#start = event
        return undefined
      case 'Data':
        if (this.#start !== undefined && !this.#body.push(event)) this.#isTruncated = true
        return undefined
      case 'MessageEnd':
        return this.#finish(event)
      case 'StreamEnd':
        this.clear()
        return undefined
    }
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#start = undefined
    this.#isTruncated = false
    this.#body.clear()
  }

  #finish(end: MessageEnd): CollectedMessage | undefined {
    const start = this.#start
    if (start === undefined) return undefined
    this.#start = undefined
    this.#isTruncated = false
    return new CollectedMessage(start, this.#body.take(), end)
  }
}
