import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server of node:http that dies at once, with all its connections, and comes back at the same port. */
export class MortalUpstream {
  /** The start line of each request that came whole, in all its lives. */
  readonly requests: string[] = []
  /** Connections accepted so far. */
  acceptedCount = 0
  readonly name: string
  readonly #respond: RequestListener
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #wake: (() => void)[] = []

  /** @param respond answers each request, once its body has come. @default by its name and the start line */
  static async start(name: string, respond?: RequestListener): Promise<MortalUpstream> {
    const upstream = new MortalUpstream(name, respond)
    await upstream.revive()
    onTestFinished(() => upstream.kill())
    return upstream
  }

  private constructor(name: string, respond?: RequestListener) {
    this.name = name
    this.#respond = respond ?? ((request, response) => response.end(`${name} ${request.method} ${request.url}`))
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  get isAlive(): boolean {
    return this.#server !== undefined
  }

  /** Resets all connections and listens no more. */
  async kill(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  async revive(): Promise<void> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void readAll(request).then(() => {
        this.requests.push(`${request.method} ${request.url}`)
        for (const wake of this.#wake.splice(0)) wake()
        this.#respond(request, response)
      })
    })
    server.on('connection', (socket) => {
      this.acceptedCount++
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Waits until it has got so many requests. */
  async received(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }
}

/** Settles when the body has come; never when it breaks off. */
function readAll(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    request.resume().once('end', resolve)
  })
}
