import { Data } from 'sluice'
import type { ConnectionHandler, DirectConnection, ProxyError, Transport } from 'sluice'
import { bodyOf } from './body.ts'
import type { Trace } from './trace.ts'
import { type WireMessage, WireReader } from './wire-reader.ts'

interface Sent {
  readonly id: string
  readonly method: string
  /** How long the upstream was asked to make the answer. */
  readonly answerBytes: number
}

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const
const ERROR_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])

/** A client: one connection, some requests on it, pipelined by chance, and an end that is not always a good one. */
export class SimulatedClient implements ConnectionHandler {
  readonly #name: string
  readonly #random: () => number
  readonly #transport: Transport
  readonly #trace: Trace
  readonly #direct: DirectConnection
  readonly #reader: WireReader
  readonly #waiting: Sent[] = []
  #left: number
  #isOver = false
  #hasLeft = false

  constructor(name: string, port: number, transport: Transport, random: () => number, trace: Trace) {
    this.#name = name
    this.#random = random
    this.#transport = transport
    this.#trace = trace
    this.#left = 1 + Math.floor(random() * 4)
    this.#reader = new WireReader(false, () => this.#waiting[0]?.method === 'HEAD')
    const options = { connectTimeoutMs: 1000, keepAlive: true, noDelay: true }
    const { direct } = transport.connect({ host: '127.0.0.1', port }, options)
    if (direct === undefined) throw new Error('The simulation needs direct connections')
    this.#direct = direct
    direct.attach(this)
  }

  /** Whether it waits for nothing. */
  get isOver(): boolean {
    return this.#isOver
  }

  onOpen(): void {
    this.#send()
    // One that leaves in the middle of things.
    if (this.#chance(0.12)) this.#later(() => this.#leave())
  }

  onData(data: Data): void {
    this.#reader.push(data.bytes)
    try {
      for (let answer = this.#reader.next(); answer !== undefined; answer = this.#reader.next()) this.#take(answer)
    } catch (error) {
      this.#trace.violate(`${this.#name} got what is no HTTP: ${String(error)}`)
    }
  }

  onEnd(): void {
    const rest = this.#reader.end()
    if (rest?.isComplete === true) this.#take(rest)
    else if (rest !== undefined) this.#trace.note(`${this.#name} was cut inside an answer`)
    this.#finish()
    this.#direct.end()
  }

  onDrain(): void {}

  onClose(error?: ProxyError): void {
    this.#trace.note(`${this.#name} is closed${error === undefined ? '' : `: ${error.code}`}`)
    this.#finish()
  }

  /** The end of the world: whoever still waits has been forgotten. */
  check(): void {
    if (!this.#isOver)
      this.#trace.violate(`${this.#name} waits for ${this.#waiting.map(({ id }) => id).join(', ')} for ever`)
  }

  #send(): void {
    if (this.#left === 0 || this.#isOver) return
    this.#left--
    const id = `${this.#name}r${this.#left}`
    const method = METHODS[Math.floor(this.#random() * METHODS.length)] ?? 'GET'
    const answerBytes = Math.floor(this.#random() ** 3 * 40_000)
    const hasBody = method === 'POST' || method === 'PUT'
    const body = hasBody ? bodyOf(id, Math.floor(this.#random() ** 3 * 40_000)) : ''
    const isChunked = hasBody && this.#chance(0.4)
    const framing = isChunked ? 'Transfer-Encoding: chunked\r\n' : hasBody ? `Content-Length: ${body.length}\r\n` : ''
    const path = this.#chance(0.5) ? '/' : '/hi/'
    const head = `${method} ${path}?id=${id}&bytes=${answerBytes} HTTP/1.1\r\nHost: simulated\r\n${framing}\r\n`
    this.#trace.note(
      `${this.#name} sends ${method} ${id}, body ${body.length}${isChunked ? ' in chunks' : ''}, wants ${answerBytes}`,
    )
    this.#waiting.push({ id, method, answerBytes })
    this.#write(head + (isChunked ? this.#toChunks(body) : body))
    if (this.#chance(0.4)) this.#send()
  }

  #toChunks(body: string): string {
    let chunks = ''
    for (let i = 0; i < body.length; ) {
      const size = 1 + Math.floor(this.#random() * 9000)
      const chunk = body.slice(i, i + size)
      chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
      i += size
    }
    return `${chunks}0\r\n\r\n`
  }

  /** All at once, or in two pieces. */
  #write(text: string): void {
    const cut = this.#chance(0.3) ? Math.floor(this.#random() * text.length) : text.length
    this.#direct.write(Data.latin1(text.slice(0, cut)))
    if (cut < text.length) this.#direct.write(Data.latin1(text.slice(cut)))
  }

  #take(answer: WireMessage): void {
    const status = Number(answer.startLine.split(' ')[1])
    if (status < 200) return this.#trace.note(`${this.#name} got ${status}`)
    const sent = this.#waiting.shift()
    if (sent === undefined) return this.#trace.violate(`${this.#name} got an answer that it did not ask for`)
    const id = answer.headers.get('x-id')
    this.#trace.note(`${this.#name} got ${status} for ${sent.id}`)
    if (id === undefined) {
      if (!ERROR_STATUSES.has(status)) this.#trace.violate(`${sent.id} was answered with ${status} by nobody`)
    } else if (id !== sent.id) {
      this.#trace.violate(`${sent.id} got the answer of ${id}`)
    } else if (sent.method !== 'HEAD' && answer.body !== bodyOf(sent.id, sent.answerBytes)) {
      this.#trace.violate(`${sent.id} got a body that is not its own, of ${answer.body.length} bytes`)
    }
    if (answer.headers.get('connection') === 'close') return
    if (this.#waiting.length === 0 && this.#left > 0) this.#later(() => this.#send())
    else if (this.#waiting.length === 0) this.#later(() => this.#end())
  }

  #end(): void {
    if (this.#isOver) return
    this.#finish()
    if (this.#chance(0.7)) this.#direct.end()
    else this.#direct.close()
  }

  #leave(): void {
    if (this.#isOver) return
    this.#trace.note(`${this.#name} leaves`)
    this.#hasLeft = true
    this.#finish()
    if (this.#chance(0.5)) this.#direct.abort()
    else this.#direct.close()
  }

  #finish(): void {
    this.#isOver = true
  }

  #later(action: () => void): void {
    this.#transport.setTimer(
      () => {
        if (!this.#hasLeft) action()
      },
      Math.floor(this.#random() ** 2 * 15_000),
    )
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }
}
