import { HTTPParser } from 'http-parser-js'
import { toText } from '../../http/bytes.ts'
import type { ReadMessage, ReadOptions, Reader, Reading } from '../reading.ts'

interface Head {
  readonly headers: readonly string[]
  readonly method: number
  readonly url: string
  readonly statusCode: number
}

type Parser = InstanceType<typeof HTTPParser>

// Its default turns bytes beyond ASCII into others, which would tell nothing about how messages are taken apart.
HTTPParser.encoding = 'latin1'

/** Reads by http-parser-js, which is forgiving by design. */
export const httpParserJsReader: Reader = {
  name: 'http-parser-js',

  read(bytes: Uint8Array, { isRequest, requestMethod, ends }: ReadOptions): Reading {
    const messages: ReadMessage[] = []
    let head: Head | undefined
    let body = ''
    const parser: Parser = new HTTPParser(isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE)
    parser[HTTPParser.kOnHeadersComplete] = ((info: Head) => {
      head = info
      body = ''
      return !isRequest && requestMethod === 'HEAD'
    }) as never
    parser[HTTPParser.kOnBody] = ((chunk: Uint8Array, offset: number, length: number) => {
      body += toText(chunk.subarray(offset, offset + length))
    }) as never
    parser[HTTPParser.kOnMessageComplete] = (() => {
      const { headers, method, url, statusCode } = head as Head
      const fields: [string, string][] = []
      for (let i = 0; i < headers.length; i += 2) fields.push([(headers[i] ?? '').toLowerCase(), headers[i + 1] ?? ''])
      messages.push({ start: isRequest ? `${HTTPParser.methods[method]} ${url}` : String(statusCode), fields, body })
    }) as never
    refuseNegativeLengths(parser)
    const buffer = Buffer.from(bytes)
    const result = readOn(parser, buffer)
    const end = ends && !(result instanceof Error) ? (parser.finish() as Error | undefined) : undefined
    const error = result instanceof Error ? result : end
    return { messages, refusal: error === undefined ? undefined : nameOf(error) }
  },
}

/** It stops behind a request to upgrade, whose client may have sent something else there: here it goes on with HTTP. */
function readOn(parser: Parser, buffer: Buffer): Error | undefined {
  for (let position = 0; position < buffer.length; ) {
    const read = parser.execute(buffer, position, buffer.length - position) as number | Error
    if (read instanceof Error) return read
    if (read === 0) return new Error('makes no progress')
    position += read
  }
  return undefined
}

/** A negative length, of a body or of a chunk, makes it go backwards and read the same bytes for ever. */
function refuseNegativeLengths(parser: Parser): void {
  const inner = parser as unknown as Record<'BODY_SIZED' | 'BODY_CHUNK', () => void> & { body_bytes: number }
  for (const state of ['BODY_SIZED', 'BODY_CHUNK'] as const) {
    const readOnInState = inner[state]
    inner[state] = function (this: typeof inner) {
      if (this.body_bytes < 0) throw new Error('reads backwards for ever')
      readOnInState.call(this)
    }
  }
}

function nameOf(error: Error): string {
  return (error as { code?: string }).code ?? error.message
}
