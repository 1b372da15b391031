import { ProxyError } from '../../../src/errors.ts'
import { Data, type Event, type Headers, type MessageEnd } from '../../../src/events.ts'
import { MessageDecoder } from '../../../src/http/message-decoder.ts'
import type { ParsedHead } from '../../../src/http/parsed-head.ts'
import { trimBlanks } from '../../../src/http/trim-blanks.ts'
import { toText } from '../../http/bytes.ts'
import type { ReadMessage, ReadOptions, Reader, Reading } from '../reading.ts'

/** What Sluice's decoder made of bytes. */
export interface SluiceReading extends Reading {
  /** What `refusal` says, as it was thrown. */
  readonly error: ProxyError | undefined
  /** Heads and trailers of the messages, for whoever wants to send them on. */
  readonly heads: readonly ParsedHead[]
  readonly trailers: readonly (Headers | undefined)[]
  /** Where the last of the messages ended. */
  readonly end: number
}

/** Reads by Sluice's MessageDecoder, which is halted behind each message. What it throws besides a ProxyError gets out. */
export const sluiceReader = {
  name: 'Sluice',

  read(bytes: Uint8Array, options: ReadOptions): SluiceReading {
    const collector = new Collector(options, true)
    const error = collector.collect((decoder) => {
      for (let position = 0; position < bytes.length; ) {
        decoder.isHalted = false
        position += decoder.decode(Data.view(bytes, position, bytes.length, 'call'))
        if (decoder.isHalted) collector.end = position
      }
    })
    return collector.toReading(error)
  },
} as const satisfies Reader

/**
 * The same for bytes that come in segments, and without halting. The bytes of a segment are overwritten when it has been
 * read, as those of a socket are.
 */
export function readSegments(segments: readonly Uint8Array[], options: ReadOptions): SluiceReading {
  const collector = new Collector(options, false)
  const error = collector.collect((decoder) => {
    for (const bytes of segments) {
      decoder.decode(Data.view(bytes, 0, bytes.length, 'call'))
      bytes.fill(0x21)
    }
  })
  return collector.toReading(error)
}

class Collector {
  end = 0
  readonly #messages: ReadMessage[] = []
  readonly #heads: ParsedHead[] = []
  readonly #trailers: (Headers | undefined)[] = []
  readonly #decoder: MessageDecoder
  readonly #halts: boolean
  readonly #ends: boolean
  #head: ParsedHead | undefined
  #body = ''

  constructor({ isRequest, requestMethod, ends }: ReadOptions, halts: boolean) {
    this.#decoder = new MessageDecoder({ isRequest }, { process: (event) => this.#take(event) })
    this.#decoder.requestMethod = requestMethod
    this.#halts = halts
    this.#ends = ends
  }

  collect(read: (decoder: MessageDecoder) => void): ProxyError | undefined {
    try {
      read(this.#decoder)
      return this.#ends ? this.#decoder.end() : undefined
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      return error
    }
  }

  toReading(error: ProxyError | undefined): SluiceReading {
    const refusal = error === undefined ? undefined : `${error.code}: ${error.message}`
    const { end } = this
    return { messages: this.#messages, heads: this.#heads, trailers: this.#trailers, end, error, refusal }
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'MessageStart':
        if (this.#head !== undefined) throw new Error('Cannot go on: a message begins inside another one')
        this.#head = event.source as ParsedHead
        return
      case 'Data':
        if (this.#head === undefined || event.size === 0) throw new Error('Cannot go on: there are bytes of no message')
        this.#body += toText(event.bytes)
        return
      case 'MessageEnd':
        this.#endMessage(this.#head as ParsedHead, event)
    }
  }

  #endMessage(head: ParsedHead, { tail }: MessageEnd): void {
    this.#messages.push(toMessage(head, this.#body))
    this.#heads.push(head)
    this.#trailers.push(tail)
    this.#head = undefined
    this.#body = ''
    this.#decoder.isHalted = this.#halts
  }
}

function toMessage({ text, isRequest }: ParsedHead, body: string): ReadMessage {
  const [line = '', ...lines] = text.slice(0, -4).split('\r\n')
  const fields = lines.map((field) => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), trimBlanks(field, colon + 1)] as const
  })
  return { start: isRequest ? line.slice(0, line.lastIndexOf(' ')) : line.slice(9, 12), fields, body }
}
