import { Data, type Event, StreamEnd } from '../../src/events.ts'
import { ProxyError } from '../../src/errors.ts'

/** An event in one word: `Data(text)`, `flush`, `MessageStart`, `StreamEnd(CODE)`. */
export function showEvent(event: Event): string {
  if (event instanceof Data) return event.size === 0 ? 'flush' : `Data(${event.toString() ?? ''})`
  if (!(event instanceof StreamEnd) || event.error === undefined) return event.type
  return `StreamEnd(${event.error instanceof ProxyError ? event.error.code : String(event.error)})`
}
