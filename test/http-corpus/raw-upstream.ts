import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { readWire } from './read-wire.ts'
import type { SeenMessage } from './corpus-case.ts'

/** What an upstream does with a request that has come whole. */
export type Respond = (connection: UpstreamConnection, request: SeenMessage) => void

/** One connection that the proxy opened: all bytes that came on it. */
export class UpstreamConnection {
  readonly socket: Socket
  /** Bytes of requests, less those that were answered. */
  text = ''
  isClosed = false

  constructor(socket: Socket) {
    this.socket = socket
  }
}

/** An upstream of node:net that keeps what comes, and answers each request that has come whole. */
export class RawUpstream {
  readonly connections: UpstreamConnection[] = []
  /** The requests that came whole, in order. */
  requests: SeenMessage[] = []
  receivedBytes = 0
  /** What was wrong with the form of what came. */
  readonly violations: Error[] = []
  /** @default by the request line, with a length */
  respond: Respond = echo
  readonly #server: Server
  #wake: (() => void)[] = []

  static async start(): Promise<RawUpstream> {
    const upstream = new RawUpstream()
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve))
    return upstream
  }

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Bytes of requests that did not come whole. */
  get rest(): string {
    return this.connections.map(({ text }) => text).join('')
  }

  /** Waits until a connection or bytes came, or a connection closed. */
  moved(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(socket: Socket): void {
    const connection = new UpstreamConnection(socket)
    this.connections.push(connection)
    socket.on('data', (bytes) => this.#take(connection, bytes))
    // A reset is one of the ways to be closed.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      connection.isClosed = true
      this.#moved()
    })
    this.#moved()
  }

  #take(connection: UpstreamConnection, bytes: Buffer): void {
    this.receivedBytes += bytes.length
    connection.text += bytes.toString('latin1')
    try {
      const { messages, rest } = readWire(connection.text, { isRequest: true })
      connection.text = rest
      for (const message of messages) {
        this.requests.push(message)
        this.respond(connection, message)
      }
    } catch (error) {
      this.violations.push(error as Error)
      connection.socket.destroy()
    }
    this.#moved()
  }

  #moved(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** Answers with the request line, so that the client can tell whose answer it is. */
export function echo({ socket }: UpstreamConnection, { line }: SeenMessage): void {
  const body = line.slice(0, 1000)
  const isHead = line.startsWith('HEAD ')
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${isHead ? '' : body}`, 'latin1')
}
