import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** An answer as it came over the wire. */
export interface Answer {
  /** The head as it came. */
  readonly head: string
  readonly status: number
  readonly statusText: string
  /** By lower-case name; of a repeated field the last value. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One client connection over node:net: what it sends and when is up to the test. */
export class HttpClient {
  readonly socket: Socket
  /** The lines behind the last chunks, of all answers. */
  readonly trailers: string[] = []
  #received = Buffer.alloc(0)
  #isEnded = false
  #error: Error | undefined
  #wake: () => void = () => {}

  static async connect(port: number): Promise<HttpClient> {
    const socket = connect({ port, host: '127.0.0.1' })
    onTestFinished(() => {
      socket.destroy()
    })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new HttpClient(socket)
  }

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    socket.on('end', () => {
      this.#isEnded = true
      this.#wake()
    })
    socket.on('error', (error) => {
      this.#error = error
      this.#wake()
    })
  }

  /** Sends a request without a body and reads its answer. */
  async get(path: string, host = 'localhost'): Promise<Answer> {
    this.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    return await this.readAnswer()
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text)
  }

  /**
   * The next answer, with a body of Content-Length, chunks, or none.
   * @param hasBody false for the answer to HEAD
   */
  async readAnswer({ hasBody = true } = {}): Promise<Answer> {
    const head = (
      await this.#take(() => {
        const end = this.#received.indexOf('\r\n\r\n')
        return end < 0 ? undefined : end + 4
      })
    ).toString('latin1')
    const [statusLine = '', ...fields] = head.trimEnd().split('\r\n')
    const [, status = '', ...words] = statusLine.split(' ')
    const headers = Object.fromEntries(
      fields.map((field) => {
        const colon = field.indexOf(':')
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
      }),
    )
    const body = hasBody ? await this.#readBody(headers) : ''
    return { head, status: Number(status), statusText: words.join(' '), headers, body }
  }

  /** What comes until the proxy closes the connection. */
  async readToEnd(): Promise<string> {
    await this.#until(() => this.#isEnded)
    return this.#received.toString('latin1')
  }

  /** Leaves in good order, and waits until the proxy has closed its side too. */
  async leave(): Promise<void> {
    const closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.end()
    await closed
  }

  async #readBody(headers: Readonly<Record<string, string>>): Promise<string> {
    if (headers['transfer-encoding'] === undefined) {
      const length = Number(headers['content-length'] ?? 0)
      return (await this.#take(() => (this.#received.length < length ? undefined : length))).toString('latin1')
    }
    let body = ''
    for (;;) {
      const size = Number.parseInt(await this.#readLine(), 16)
      if (size === 0) break
      body += (await this.#take(() => (this.#received.length < size ? undefined : size))).toString('latin1')
      await this.#readLine()
    }
    for (let line = await this.#readLine(); line !== ''; line = await this.#readLine()) this.trailers.push(line)
    return body
  }

  async #readLine(): Promise<string> {
    const line = await this.#take(() => {
      const end = this.#received.indexOf('\r\n')
      return end < 0 ? undefined : end + 2
    })
    return line.toString('latin1', 0, line.length - 2)
  }

  /** Takes the bytes off the front as soon as `find` says how many. */
  async #take(find: () => number | undefined): Promise<Buffer> {
    let count: number | undefined
    await this.#until(() => {
      count = find()
      if (count === undefined && this.#isEnded) {
        throw new Error(
          `Cannot read an answer: the connection ended after ${JSON.stringify(this.#received.toString('latin1'))}`,
        )
      }
      return count !== undefined
    })
    const taken = this.#received.subarray(0, count)
    this.#received = this.#received.subarray(count)
    return taken
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      if (this.#error !== undefined) throw this.#error
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
