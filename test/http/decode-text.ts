import type { MessageReaderOptions } from '../../src/http-codec.ts'
import { ProxyError } from '../../src/errors.ts'
import { Data, type Event, type Headers } from '../../src/events.ts'
import { MessageDecoder } from '../../src/http/message-decoder.ts'
import { ParsedHead } from '../../src/http/parsed-head.ts'
import { toBytes, toText } from './bytes.ts'

/** What a message was decoded to. The pieces of a body are joined: how they were cut is not part of the meaning. */
export interface DecodedMessage {
  /** The head as it came. */
  readonly head: ParsedHead
  body: string
  trailers: Headers | undefined
  isOver: boolean
}

/** The outcome of decoding. */
export interface Decoded {
  readonly messages: readonly DecodedMessage[]
  /** What `decode` threw, or what `end` gave. */
  readonly error: ProxyError | undefined
  /** Bytes that were read, of those that came before the error. */
  readonly readBytes: number
}

export interface DecodeTextOptions extends Partial<MessageReaderOptions> {
  /** Of answers: what they answer. @default 'GET' */
  readonly requestMethod?: string
  /** Whether the connection ends behind the text. @default false */
  readonly ends?: boolean
}

/**
 * Decodes text that comes in segments. Each segment's bytes are valid only during the call, as those of a socket are:
 * afterwards they are overwritten.
 */
export function decodeText(segments: string | readonly string[], options: DecodeTextOptions = {}): Decoded {
  const { requestMethod = 'GET', ends = false, isRequest = true, ...others } = options
  const messages: DecodedMessage[] = []
  const decoder = new MessageDecoder({ isRequest, ...others }, { process: (event) => collect(messages, event) })
  decoder.requestMethod = requestMethod
  let readBytes = 0
  try {
    for (const segment of typeof segments === 'string' ? [segments] : segments) {
      const bytes = toBytes(segment)
      readBytes += decoder.decode(Data.view(bytes, 0, bytes.length, 'call'))
      bytes.fill(0x21)
    }
    return { messages, error: ends ? decoder.end() : undefined, readBytes }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return { messages, error, readBytes }
  }
}

/**
 * The same as plain values, for comparing. Of a chunked message that is refused the part before the fault does not count:
 * it has been given out only if it came earlier than the fault.
 */
export function toPlain({ messages, error }: Decoded): unknown {
  const isRefusedInChunks = error?.code === 'MALFORMED_CHUNK' || error?.code === 'MALFORMED_TRAILER'
  const given = isRefusedInChunks ? messages.filter(({ isOver }) => isOver) : messages
  return {
    messages: given.map(({ head, ...rest }) => ({ head: head.text, ...rest })),
    error: error === undefined ? undefined : [error.code, error.status, error.source, error.message],
  }
}

function collect(messages: DecodedMessage[], event: Event): void {
  const last = messages.at(-1)
  switch (event.type) {
    case 'MessageStart':
      if (last?.isOver === false) throw new Error('a message begins inside another one')
      if (!(event.source instanceof ParsedHead)) throw new Error('a decoded message has no parsed head')
      messages.push({ head: event.source, body: '', trailers: undefined, isOver: false })
      return
    case 'Data':
      if (last?.isOver !== false) throw new Error('bytes outside of a message')
      if (event.size === 0) throw new Error('a Data without bytes is a flush, and nobody sent one')
      last.body += toText(event.bytes)
      return
    case 'MessageEnd':
      if (last?.isOver !== false) throw new Error('an end outside of a message')
      last.trailers = event.tail
      last.isOver = true
      return
    case 'StreamEnd':
      throw new Error('a decoder ends no stream')
  }
}
