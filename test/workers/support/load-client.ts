import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request that had no answer. */
export interface LostRequest {
  /** The client's port: by it the proxy knew the connection. Undefined when there was none. */
  readonly port: number | undefined
  readonly path: string
  readonly reason: string
}

/**
 * A client that sends requests without a pause, a few on each connection, and goes on when one is lost. Each request has
 * a path of its own, and the answer must say so.
 */
export class LoadClient {
  readonly lost: LostRequest[] = []
  answeredCount = 0
  /** What was answered wrongly. */
  readonly wrong: string[] = []
  readonly #port: number
  readonly #name: string
  readonly #requestsPerConnection: number
  #isStopped = false

  constructor(port: number, name: string, requestsPerConnection: number) {
    this.#port = port
    this.#name = name
    this.#requestsPerConnection = requestsPerConnection
    onTestFinished(() => this.stop())
  }

  /** Settles when it was stopped, or when nobody listens any more. */
  async run(): Promise<void> {
    for (let round = 0; !this.#isStopped; round++) {
      if (!(await this.#runConnection(round))) return
    }
  }

  /** After the request that is under way. */
  stop(): void {
    this.#isStopped = true
  }

  /** @returns false when nobody listens */
  async #runConnection(round: number): Promise<boolean> {
    const socket = connect({ port: this.#port, host: '127.0.0.1' })
    onTestFinished(() => {
      socket.destroy()
    })
    try {
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    } catch (error) {
      // Reset is what a connection is that arrives in the instant in which a port is closed.
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return false
      throw error
    }
    const { localPort } = socket
    for (let i = 0; i < this.#requestsPerConnection && !this.#isStopped; i++) {
      const path = `/${this.#name}/${round}-${i}`
      try {
        const { body, isLast } = await ask(socket, path)
        if (body === path) this.answeredCount++
        else this.wrong.push(`${path}: ${body}`)
        if (isLast) break
      } catch (error) {
        this.lost.push({ port: localPort, path, reason: String(error) })
        break
      }
    }
    socket.destroy()
    return true
  }
}

/** One request and its answer. */
async function ask(socket: Socket, path: string): Promise<{ readonly body: string; readonly isLast: boolean }> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  let text = ''
  for (;;) {
    const [head = '', body] = text.split('\r\n\r\n')
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1])
    if (body !== undefined && body.length >= length) return { body, isLast: /^connection: *close/im.test(head) }
    text += await nextChunk(socket)
  }
}

function nextChunk(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      for (const name of ['data', 'error', 'close'] as const) socket.removeAllListeners(name)
      // What comes later has no reader; the next read says that the connection is over.
      socket.on('error', () => undefined)
    }
    socket.once('data', (bytes) => {
      settle()
      socket.pause()
      resolve(String(bytes))
    })
    socket.once('error', (error) => {
      settle()
      reject(error)
    })
    socket.once('close', () => {
      settle()
      reject(new Error('the connection was closed'))
    })
    if (socket.destroyed) reject(new Error('the connection is over'))
    else socket.resume()
  })
}
