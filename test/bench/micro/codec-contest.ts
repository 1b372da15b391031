import { nativeLlhttp, httpParserJs } from './codec/node-parsers.ts'
import { eagerMessageDecoder, lazyMessageDecoder } from './codec/message-decoder.ts'
import { forwardingMessageEncoder, objectMessageEncoder } from './codec/message-encoder.ts'
import { serverResponse } from './codec/server-response.ts'
import { MessageCounter, readMessages, type TestedDecoder } from './codec/tested-decoder.ts'
import type { TestedEncoder } from './codec/tested-encoder.ts'
import { wasmLlhttp } from './codec/wasm-llhttp.ts'
import type { Contest, Contestant } from './contest.ts'
import {
  BROWSER_REQUEST,
  CHUNKED_ANSWER,
  LENGTH_ANSWER,
  type SampleMessage,
  toWire,
  UPLOAD,
} from './sample-messages.ts'

const MAX_TEXT_BYTES = 4096

/** Reading requests and answers, without a body, by length and in chunks; and writing answers. */
export const CODEC_CONTESTS: readonly (() => Contest)[] = [
  ...[BROWSER_REQUEST, UPLOAD, LENGTH_ANSWER, CHUNKED_ANSWER].map((message) => () => decodeContest(message)),
  ...[LENGTH_ANSWER, CHUNKED_ANSWER].map((message) => () => encodeContest(message)),
]

function decodeContest(message: SampleMessage): Contest {
  return {
    title: `Decode ${message.title}`,
    contestants: [
      decodeWith(lazyMessageDecoder, message),
      decodeWith(eagerMessageDecoder, message),
      decodeWith(nativeLlhttp, message),
      decodeWith(wasmLlhttp, message),
      decodeWith(httpParserJs, message),
    ],
  }
}

function decodeWith<Head>(decoder: TestedDecoder<Head>, message: SampleMessage): Contestant {
  const bytes = toWire(message)
  const { isRequest, pieces } = message
  const bodyBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return {
    title: decoder.title,
    // One after the other, and cut in two: the decoder is to find the end of each by itself.
    check: () => readMessages(decoder, isRequest, [bytes, bytes.subarray(0, 200), bytes.subarray(200)]),
    run: (count) => {
      const counter = new MessageCounter()
      const decode = decoder.open(isRequest, counter)
      for (let i = 0; i < count; i++) decode(bytes)
      if (counter.count === count && counter.bodyBytes === count * bodyBytes) return counter
      throw new Error(`Cannot time ${decoder.title}: it read ${counter.count} messages of ${count}`)
    },
  }
}

function encodeContest(message: SampleMessage): Contest {
  return {
    title: `Encode ${message.title}`,
    contestants: [objectMessageEncoder, forwardingMessageEncoder, serverResponse].map((encoder) =>
      encodeWith(encoder, message),
    ),
  }
}

function encodeWith(encoder: TestedEncoder, message: SampleMessage): Contestant {
  return {
    title: encoder.title,
    check: () => {
      const written: Buffer[] = []
      const encode = encoder.open(message, (content) => {
        written.push(typeof content === 'string' ? Buffer.from(content, 'latin1') : Buffer.from(content))
      })
      encode()
      encode()
      // None of those who write.
      return readMessages(nativeLlhttp, message.isRequest, written)
    },
    run: (count) => {
      let writtenBytes = 0
      // As in a socket text becomes bytes: until then it may be a list of parts, which costs nothing to make.
      const sent = Buffer.alloc(MAX_TEXT_BYTES)
      const encode = encoder.open(message, (content) => {
        writtenBytes += typeof content === 'string' ? sent.write(content, 'latin1') : content.length
      })
      for (let i = 0; i < count; i++) encode()
      return writtenBytes
    },
  }
}
