import { type Data, Message, type MessageEnd, type MessageStart } from '../events.ts'

/** A whole message, with the events that it came from. */
export class CollectedMessage {
  readonly start: MessageStart
  /** It may be empty. */
  readonly body: Data
  readonly end: MessageEnd

  constructor(start: MessageStart, body: Data, end: MessageEnd) {
    this.start = start
    this.body = body
    this.end = end
  }

  /** As callbacks see it; builds the head object. */
  toMessage(): Message {
    return new Message(this.start.head, this.body, this.end.tail)
  }
}
