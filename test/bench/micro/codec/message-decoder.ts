import { decodeLatin1 } from '../../../../adapters/node/latin1.ts'
import { Data, type Event, type MessageStart } from '../../../../src/events.ts'
import { MessageDecoder } from '../../../../src/http/message-decoder.ts'
import { toDecodedHead } from './decoded-message.ts'
import type { MessageReceiver, TestedDecoder } from './tested-decoder.ts'

/** Sluice's own, with heads as they are forwarded when no script looks at them. */
export const lazyMessageDecoder: TestedDecoder<MessageStart> = {
  title: 'MessageDecoder',
  open: (isRequest, receiver) => open(isRequest, receiver, () => undefined),
  describe,
}

/** The same with heads as a script reads them. */
export const eagerMessageDecoder: TestedDecoder<MessageStart> = {
  title: 'MessageDecoder, headers object',
  open: (isRequest, receiver) => open(isRequest, receiver, (start) => start.head),
  describe,
}

function open(
  isRequest: boolean,
  receiver: MessageReceiver<MessageStart>,
  read: (start: MessageStart) => unknown,
): (bytes: Buffer) => void {
  const decoder = new MessageDecoder(
    { isRequest, decodeLatin1 },
    {
      process: (event: Event) => {
        if (event.type === 'Data') receiver.onBody(event.buffer, event.start, event.end)
        else if (event.type === 'MessageEnd') receiver.onEnd()
        else if (event.type === 'MessageStart') {
          read(event)
          receiver.onHead(event)
        }
      },
    },
  )
  return (bytes) => {
    // As bytes come from a socket: in a buffer that is used again.
    decoder.decode(Data.view(bytes, 0, bytes.length, 'call'))
  }
}

function describe({ head }: MessageStart): ReturnType<TestedDecoder<MessageStart>['describe']> {
  const { method, path, status, statusText, headers } = head
  const start =
    method === undefined ? ([String(status), String(statusText)] as const) : ([method, String(path)] as const)
  return toDecodedHead(start, Object.entries(headers).flat().map(String))
}
