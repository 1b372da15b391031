import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createRawServer, type AddressInfo, type Server as RawServer, type Socket } from 'node:net'

/** A server on 127.0.0.1 that the proxy sends requests to. It keeps the sockets that it accepted. */
export class TestUpstream {
  readonly sockets: Socket[] = []
  readonly server: Server | RawServer

  /** @param respond answers each request over node:http */
  static http(respond: RequestListener): Promise<TestUpstream> {
    return TestUpstream.#start(createServer({ keepAliveTimeout: 60_000 }, respond))
  }

  /** @param serve does with each connection what no HTTP server would */
  static raw(serve: (socket: Socket) => void): Promise<TestUpstream> {
    return TestUpstream.#start(
      createRawServer((socket) => {
        // What the proxy does to a connection that misbehaves is its own affair.
        socket.on('error', () => socket.destroy())
        serve(socket)
      }),
    )
  }

  static async #start(server: Server | RawServer): Promise<TestUpstream> {
    const upstream = new TestUpstream(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return upstream
  }

  private constructor(server: Server | RawServer) {
    this.server = server
    server.on('connection', (socket: Socket) => this.sockets.push(socket))
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }
}
