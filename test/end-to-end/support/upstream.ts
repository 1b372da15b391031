import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request as an upstream got it, and on which of the connections that it accepted, counted from 0. */
export interface UpstreamRequest {
  readonly connection: number
  readonly text: string
}

/** A server of node:http that the proxy sends requests to. It counts the sockets that it accepts. */
export class Upstream {
  readonly sockets: Socket[] = []
  readonly requests: UpstreamRequest[] = []
  readonly #server: Server
  #wake: (() => void)[] = []

  /** @param respond answers each request. @default by the upstream's name and the request's method and path */
  static async start(name: string, respond?: RequestListener): Promise<Upstream> {
    const upstream = new Upstream(
      respond ?? ((request, response) => response.end(`${name} ${request.method} ${request.url}`)),
    )
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => upstream.stop())
    return upstream
  }

  private constructor(respond: RequestListener) {
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request: IncomingMessage, response: ServerResponse) => {
      const connection = this.sockets.indexOf(request.socket)
      this.requests.push({ connection, text: `${request.method} ${request.url}` })
      for (const wake of this.#wake.splice(0)) wake()
      respond(request, response)
    })
    this.#server.on('connection', (socket) => this.sockets.push(socket))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** How many sockets it has accepted so far. */
  get acceptedCount(): number {
    return this.sockets.length
  }

  /** For each request, in order, the connection that it came on. */
  get connections(): readonly number[] {
    return this.requests.map(({ connection }) => connection)
  }

  /** Waits until it has got so many requests. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
