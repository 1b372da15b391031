import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { toText } from '../../http/bytes.ts'
import type { ReadMessage, Reading } from '../reading.ts'

/** What Node's parser says about a message that goes on where the client has ended its side. */
const CUT_OFF = 'HPE_INVALID_EOF_STATE'

/** Node's own HTTP server, which reads requests that come over a real socket. */
export class NodeServerReader {
  readonly name = 'Node'
  readonly #server: Server
  #messages: ReadMessage[] = []
  #refusal: string | undefined

  static async start(): Promise<NodeServerReader> {
    const reader = new NodeServerReader()
    await new Promise<void>((resolve) => reader.#server.listen(0, '127.0.0.1', resolve))
    return reader
  }

  private constructor() {
    this.#server = createServer((request, response) => this.#take(request, response))
    this.#server.on('clientError', (error: Error & { code?: string }, socket) => {
      this.#refusal ??= error.code ?? error.message
      socket.destroy()
    })
  }

  /** @param ends whether a client that leaves behind the bytes leaves too early if that is inside a message */
  async read(bytes: Uint8Array, { ends }: { readonly ends: boolean }): Promise<Reading> {
    this.#messages = []
    this.#refusal = undefined
    const answers = await this.#exchange(bytes)
    const refused = /(?:^|\r\n\r\n)HTTP\/1\.1 ([45]\d\d .*)/.exec(answers)?.[1]
    const refusal = this.#refusal ?? refused
    return { messages: this.#messages, refusal: refusal === CUT_OFF && !ends ? undefined : refusal }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #exchange(bytes: Uint8Array): Promise<string> {
    const { port } = this.#server.address() as AddressInfo
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let answers = ''
    socket.on('data', (data) => {
      answers += toText(data)
    })
    // A reset is how the server refuses.
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
    socket.end(bytes)
    await new Promise((resolve) => socket.once('close', resolve))
    return answers
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let body = ''
    request.on('data', (data: Buffer) => {
      body += toText(data)
    })
    request.on('end', () => {
      const { rawHeaders, method, url } = request
      const fields: [string, string][] = []
      for (let i = 0; i < rawHeaders.length; i += 2)
        fields.push([(rawHeaders[i] ?? '').toLowerCase(), rawHeaders[i + 1] ?? ''])
      this.#messages.push({ start: `${method} ${url}`, fields, body })
      response.end()
    })
  }
}
