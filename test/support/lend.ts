import { Data, type Event, type Receiver } from '../../src/events.ts'

/** Hands an event over as the wire does: bytes only for the call, and overwritten behind it. */
export function lend(event: Event, receiver: Receiver): void {
  if (!(event instanceof Data) || event.size === 0) {
    receiver.process(event)
    return
  }
  const buffer = event.bytes.slice()
  receiver.process(Data.view(buffer, 0, buffer.length, 'call'))
  buffer.fill(0xdd)
}
