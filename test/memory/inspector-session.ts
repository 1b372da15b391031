import { once } from 'node:events'
import WebSocket from 'ws'

interface Reply {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly error?: { readonly message: string }
}

/** A conversation with the inspector of a Node that was started with `--inspect`, by the Chrome DevTools Protocol. */
export class InspectorSession {
  readonly #socket: WebSocket
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** @param url as the process printed it */
  static async open(url: string): Promise<InspectorSession> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new InspectorSession(socket)
  }

  /** The bytes that are still in use when all garbage is collected: of V8's heap, and what it holds beside it. */
  async liveBytes(): Promise<number> {
    // What a finalizer lets go of is garbage of the next turn.
    for (let i = 0; i < 3; i++) await this.#ask('HeapProfiler.collectGarbage')
    const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())'
    const { result } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true })
    const bytes = result?.result?.value
    if (typeof bytes !== 'number') throw new Error(`Cannot read the memory in use: it said ${JSON.stringify(result)}`)
    return bytes
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  async #ask(method: string, params: object = {}): Promise<Reply> {
    const id = ++this.#lastId
    this.#socket.send(JSON.stringify({ id, method, params }))
    for (;;) {
      const [data] = (await once(this.#socket, 'message')) as [Buffer]
      const reply = JSON.parse(data.toString()) as Reply
      if (reply.id !== id) continue
      if (reply.error !== undefined) throw new Error(`Cannot ask for ${method}: ${reply.error.message}`)
      return reply
    }
  }
}
