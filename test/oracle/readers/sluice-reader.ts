import { ProxyError } from '../../../src/errors.ts'
import { Data, type Event } from '../../../src/events.ts'
import { MessageDecoder } from '../../../src/http/message-decoder.ts'
import type { ParsedHead } from '../../../src/http/parsed-head.ts'
import { trimBlanks } from '../../../src/http/trim-blanks.ts'
import { toText } from '../../http/bytes.ts'
import type { ReadMessage, ReadOptions, Reader, Reading } from '../reading.ts'

/** What Sluice's decoder made of bytes, with the error itself. */
export interface SluiceReading extends Reading {
  readonly error: ProxyError | undefined
  /** Heads of the messages, for whoever wants to send them on. */
  readonly heads: readonly ParsedHead[]
}

/** Reads by Sluice's MessageDecoder. Whatever it throws besides a ProxyError gets out. */
export const sluiceReader = {
  name: 'Sluice',

  read(bytes: Uint8Array, { isRequest, requestMethod, ends }: ReadOptions): SluiceReading {
    const messages: ReadMessage[] = []
    const heads: ParsedHead[] = []
    let head: ParsedHead | undefined
    let body = ''
    const take = (event: Event): void => {
      if (event.type === 'MessageStart') head = event.source as ParsedHead
      else if (event.type === 'Data') body += toText(event.bytes)
      else if (event.type === 'MessageEnd') {
        heads.push(head as ParsedHead)
        messages.push(toMessage(head as ParsedHead, body))
        body = ''
      }
    }
    const decoder = new MessageDecoder({ isRequest }, { process: take })
    decoder.requestMethod = requestMethod
    let error: ProxyError | undefined
    try {
      decoder.decode(Data.view(bytes, 0, bytes.length, 'call'))
      if (ends) error = decoder.end()
    } catch (thrown) {
      if (!(thrown instanceof ProxyError)) throw thrown
      error = thrown
    }
    return { messages, heads, error, refusal: error === undefined ? undefined : `${error.code}: ${error.message}` }
  },
} as const satisfies Reader

function toMessage({ text, isRequest }: ParsedHead, body: string): ReadMessage {
  const [line = '', ...lines] = text.slice(0, -4).split('\r\n')
  const fields = lines.map((field) => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), trimBlanks(field, colon + 1)] as const
  })
  return { start: isRequest ? line.slice(0, line.lastIndexOf(' ')) : line.slice(9, 12), fields, body }
}
