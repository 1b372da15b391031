import { MessageStart } from '../events.ts'
import type { MessageSettings } from '../http-codec.ts'

/** The start of a message on its way to where it becomes a Request or a Response, with what its head does not say. */
export class SentMessageStart extends MessageStart {
  readonly settings: MessageSettings
  /** Of a request; empty for answers. */
  readonly method: string
  /** Of an answer; 0 for requests. */
  readonly status: number
  /** How long the body will be; -1 when nobody knows yet. */
  readonly contentLength: number

  constructor(event: MessageStart, settings: MessageSettings, method: string, status: number, contentLength: number) {
    super(event.isHeadRead ? event.head : undefined, event.source)
    this.settings = settings
    this.method = method
    this.status = status
    this.contentLength = contentLength
  }
}
