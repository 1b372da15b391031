import { createRequire } from 'node:module'
import { HTTPParser as JavaScriptParser } from 'http-parser-js'
import { type DecodedHead, toDecodedHead } from './decoded-message.ts'
import type { MessageReceiver, TestedDecoder } from './tested-decoder.ts'

/** What these parsers tell of a head. Of methods they tell the number. */
interface NodeHead {
  readonly headers: readonly string[]
  readonly method: number | undefined
  readonly url: string | undefined
  readonly statusCode: number | undefined
  readonly statusMessage: string | undefined
}

/** The interface of the parser inside Node, which http-parser-js has as well. */
interface NodeParser {
  initialize(type: unknown, resource: object): void
  execute(bytes: Buffer): number | Error
  [callback: number]: (...given: never[]) => unknown
}

interface NodeParserClass {
  new (type: unknown): NodeParser
  readonly REQUEST: unknown
  readonly RESPONSE: unknown
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

// What Node has no types for, since its documents leave it out; there is no other way to its parser without a binding.
const { HTTPParser: NativeParser, methods } = createRequire(import.meta.url)('node:_http_common') as {
  readonly HTTPParser: NodeParserClass
  readonly methods: readonly string[]
}

/** llhttp in C, called as node:http calls it. */
export const nativeLlhttp: TestedDecoder<NodeHead> = {
  title: 'llhttp of node:http',
  open: (isRequest, receiver) => {
    const parser = createParser(NativeParser, isRequest, receiver)
    parser[NativeParser.kOnHeadersComplete] = (
      _major: number,
      _minor: number,
      headers: readonly string[],
      method: number | undefined,
      url: string | undefined,
      statusCode: number | undefined,
      statusMessage: string | undefined,
    ) => receiver.onHead({ headers, method, url, statusCode, statusMessage })
    return executeWith(parser)
  },
  describe: (head) => describe(head, methods),
}

/** The same interface in JavaScript. */
export const httpParserJs: TestedDecoder<NodeHead> = {
  title: 'http-parser-js',
  open: (isRequest, receiver) => {
    const parserClass = JavaScriptParser as unknown as NodeParserClass
    const parser = createParser(parserClass, isRequest, receiver)
    parser[parserClass.kOnHeadersComplete] = (head: NodeHead) => receiver.onHead(head)
    return executeWith(parser)
  },
  describe: (head) => describe(head, JavaScriptParser.methods),
}

function createParser(
  parserClass: NodeParserClass,
  isRequest: boolean,
  receiver: MessageReceiver<NodeHead>,
): NodeParser {
  const type = isRequest ? parserClass.REQUEST : parserClass.RESPONSE
  const parser = new parserClass(type)
  parser.initialize(type, {})
  // The one in C gives a view of the bytes alone.
  parser[parserClass.kOnBody] = (bytes: Buffer, offset = 0, length = bytes.length) =>
    receiver.onBody(bytes, offset, offset + length)
  parser[parserClass.kOnMessageComplete] = () => receiver.onEnd()
  return parser
}

function executeWith(parser: NodeParser): (bytes: Buffer) => void {
  return (bytes) => {
    const result = parser.execute(bytes)
    if (result instanceof Error) throw result
  }
}

function describe(head: NodeHead, methodNames: readonly string[]): DecodedHead {
  const { headers, method, url, statusCode, statusMessage } = head
  if (statusCode) return toDecodedHead([String(statusCode), String(statusMessage)], headers)
  return toDecodedHead([String(methodNames[method ?? -1]), String(url)], headers)
}
