import { Data, type Event, MessageEnd, MessageStart } from '../../../../src/events.ts'
import { MessageDecoder } from '../../../../src/http/message-decoder.ts'
import { MessageEncoder } from '../../../../src/http/message-encoder.ts'
import { allFields, type SampleMessage, toWire } from '../sample-messages.ts'
import type { TestedEncoder, Write } from './tested-encoder.ts'

/** Sluice's own, of a head as a script makes it. */
export const objectMessageEncoder: TestedEncoder = {
  title: 'MessageEncoder, head of a script',
  open: (message, write) => {
    const { isRequest, start } = message
    const [first, second] = start
    const headers = Object.fromEntries(allFields(message).map(([name, value]) => [name.toLowerCase(), value]))
    const startLine = isRequest ? { method: first, path: second } : { status: Number(first), statusText: second }
    return encodeWith(message, write, () => new MessageStart({ ...startLine, headers }))
  },
}

/** Sluice's own, of a head that is passed on as it came. */
export const forwardingMessageEncoder: TestedEncoder = {
  title: 'MessageEncoder, head forwarded',
  open: (message, write) => {
    const { source } = decodeStart(message)
    return encodeWith(message, write, () => new MessageStart(undefined, source))
  },
}

function encodeWith(message: SampleMessage, write: Write, createStart: () => MessageStart): () => void {
  const encoder = new MessageEncoder(message.isRequest, {
    process: (event: Event) => {
      if (event.type === 'Data') write(event.latin1Text ?? event.bytes)
    },
  })
  return () => {
    let error = encoder.start(createStart())
    for (const piece of message.pieces) error ??= encoder.data(Data.view(piece, 0, piece.length, 'call'))
    error ??= encoder.end(new MessageEnd())
    if (error !== undefined) throw error
  }
}

function decodeStart(message: SampleMessage): MessageStart {
  const starts: MessageStart[] = []
  const decoder = new MessageDecoder(
    { isRequest: message.isRequest },
    {
      process: (event: Event) => {
        if (event.type === 'MessageStart') starts.push(event)
      },
    },
  )
  decoder.decode(new Data(toWire(message)))
  const [start] = starts
  if (start === undefined) throw new Error(`Cannot encode ${message.title}: it has no head`)
  return start
}
