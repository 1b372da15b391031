import type { MessageEnd, MessageStart } from '../events.ts'
import { DirectPathConnection } from './direct-path-connection.ts'
import { noStreams } from './no-streams.ts'

/** A connection that passes messages of HTTP as events. It has no streams: there are no bytes that could be in them. */
export abstract class MessageConnection extends DirectPathConnection {
  abstract message(event: MessageStart | MessageEnd): boolean

  protected override toStreams(): never {
    throw noStreams()
  }
}
