import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What it says to what has come. */
export type Talk = (socket: Socket, text: string, connection: number) => void

/** An upstream over node:net that answers whatever a test wants it to, and keeps what came on each connection. */
export class TalkingUpstream {
  /** Connections that are open. */
  readonly open = new Set<Socket>()
  /** What came, by connection. */
  readonly received: string[] = []
  address = ''
  #wake: (() => void)[] = []

  /**
   * @param talk is called with each piece that comes, as ISO 8859-1
   * @param port a given one, or any
   */
  static async start(talk: Talk = () => undefined, port = 0): Promise<TalkingUpstream> {
    const upstream = new TalkingUpstream()
    const server = createServer((socket) => upstream.#accept(socket, talk))
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    onTestFinished(() => {
      for (const socket of upstream.open) socket.destroy()
      server.close()
    })
    const address = server.address()
    if (typeof address === 'object') upstream.address = `127.0.0.1:${address?.port}`
    return upstream
  }

  /** Connections that it has accepted so far. */
  get acceptedCount(): number {
    return this.received.length
  }

  /** Everything that came, on whichever connection. */
  get text(): string {
    return this.received.join('')
  }

  /** Waits until so many connections are open and have sent something. */
  async hasConnections(count: number): Promise<void> {
    await this.until(() => this.open.size >= count)
  }

  /** Waits until something came that makes it so. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  #accept(socket: Socket, talk: Talk): void {
    const connection = this.received.push('') - 1
    this.open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.open.delete(socket)
      this.#tell()
    })
    socket.on('end', () => socket.end())
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received[connection] += text
      talk(socket, text, connection)
      this.#tell()
    })
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
