import { HttpClient } from './http-client.ts'

export interface SteadyClientOptions {
  /** Requests that leave in one piece, before the answer to the first. @default 1 */
  readonly pipelined?: number
  /** The length of each request's body; 0 is GET. @default 0 */
  readonly bodyBytes?: number
}

/**
 * A client that sends requests without a pause, over one connection, until the proxy ends it. Each request has a path of
 * its own, and the answer must say so.
 */
export class SteadyClient {
  /** Paths asked for and answered, whole and by their own answer. */
  readonly answered: string[] = []
  /** Paths that were sent and had no answer when the connection ended. */
  unanswered: string[] = []
  /** Answers that came after one had said that it is the last. */
  answersBehindLast = 0
  /** Whether an answer has said `Connection: close`. */
  isToldToClose = false
  /** What went wrong; undefined when the connection ended in good order. */
  failure: unknown
  readonly #client: HttpClient
  readonly #name: string
  readonly #pipelined: number
  readonly #body: string

  static async connect(port: number, name: string, options: SteadyClientOptions = {}): Promise<SteadyClient> {
    return new SteadyClient(await HttpClient.connect(port), name, options)
  }

  private constructor(client: HttpClient, name: string, { pipelined = 1, bodyBytes = 0 }: SteadyClientOptions) {
    this.#client = client
    this.#name = name
    this.#pipelined = pipelined
    this.#body = 'x'.repeat(bodyBytes)
  }

  /** Settles when the connection is over. */
  async run(): Promise<void> {
    try {
      for (let round = 0; !this.isToldToClose; round++) await this.#ask(round)
      const rest = await this.#client.readToEnd()
      if (rest !== '') throw new Error(`Cannot take ${JSON.stringify(rest)}: expected the end of the connection`)
    } catch (error) {
      // HttpClient's own way to say that the connection ended in good order, between two answers.
      if (!/connection ended after ""$/.test(String(error))) this.failure = error
    }
    this.#client.socket.destroy()
  }

  async #ask(round: number): Promise<void> {
    const paths = Array.from({ length: this.#pipelined }, (_, i) => `/${this.#name}/${round}-${i}`)
    this.unanswered = [...paths]
    this.#client.send(paths.map((path) => this.#requestFor(path)).join(''))
    for (const path of paths) {
      const { body, status, headers } = await this.#client.readAnswer()
      if (this.isToldToClose) this.answersBehindLast++
      if (status !== 200 || body !== path) throw new Error(`Cannot take ${status} "${body}": expected 200 "${path}"`)
      this.answered.push(path)
      this.unanswered.shift()
      this.isToldToClose ||= headers['connection'] === 'close'
    }
  }

  #requestFor(path: string): string {
    if (this.#body === '') return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    return `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${this.#body.length}\r\n\r\n${this.#body}`
  }
}
