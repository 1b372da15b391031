import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'

/** A request, before it is written. */
export interface AskOptions {
  /** @default GET */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** The whole body. @default none */
  readonly body?: string | Uint8Array
}

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[]
  readonly trailers: NodeJS.Dict<string>
  readonly body: Buffer
  readonly text: string
}

/** A client of the proxy under test: one connection, which it keeps until it leaves. */
export class TestClient {
  readonly #port: number
  readonly #target: (address: string) => string
  readonly #sockets = new Set<Socket>()
  readonly #agent: Agent

  /** @param target how an upstream's address is written for the runtime */
  constructor(port: number, target: (address: string) => string) {
    this.#port = port
    this.#target = target
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const open = this.#agent.createConnection.bind(this.#agent)
    this.#agent.createConnection = (options, callback) => {
      const socket = open(options, callback) as Socket
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      return socket
    }
  }

  /** Begins a request whose body and end are up to the test. */
  open(path: string, upstreams: readonly string[] = [], options: AskOptions = {}): ClientRequest {
    const { method = 'GET', headers = {} } = options
    const targets = upstreams.length === 0 ? {} : { 'x-upstreams': upstreams.map(this.#target).join(' ') }
    const message = request({
      host: '127.0.0.1',
      port: this.#port,
      path,
      method,
      agent: this.#agent,
      headers: { ...targets, ...headers } as Record<string, string | string[]>,
    })
    // A test that needs the error waits for it; others destroy what they opened.
    message.on('error', () => undefined)
    return message
  }

  /** Sends a request and reads its whole answer. */
  async ask(path: string, upstreams: readonly string[] = [], options: AskOptions = {}): Promise<Answer> {
    const message = this.open(path, upstreams, options)
    const answer = headOf(message)
    message.end(options.body)
    return await readAnswer(await answer)
  }

  /** Sends text over a connection of its own. @returns what comes until the proxy closes it, as ISO 8859-1 */
  async sendRaw(text: string): Promise<string> {
    const socket = connect(this.#port, '127.0.0.1')
    this.#sockets.add(socket)
    let received = ''
    socket.setEncoding('latin1').on('data', (piece: string) => {
      received += piece
    })
    const closed = new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
    socket.write(text, 'latin1')
    await closed
    return received
  }

  /** Ends its connection in good order, and waits until the proxy has ended it too. */
  async leave(): Promise<void> {
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    for (const socket of this.#sockets) socket.end()
    await Promise.all(closed)
  }

  /** Ends whatever is still open. */
  stop(): void {
    this.#agent.destroy()
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** The head of the answer, when it comes. */
export function headOf(message: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => message.once('response', resolve).once('error', reject))
}

/** The rest of an answer. @throws Error when it is cut off */
export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece as Buffer)
  const body = Buffer.concat(pieces)
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    trailers: response.trailers,
    body,
    text: body.toString('utf8'),
  }
}
