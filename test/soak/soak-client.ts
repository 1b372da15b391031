import { connect, type Socket } from 'node:net'
import { answerBody } from './answer-body.ts'
import { AnswerReader, type ReceivedAnswer } from './answer-reader.ts'
import type { ClientTally } from './client-tally.ts'
import { type PlannedRequest, plannedRequest } from './planned-request.ts'

/** After so many answers a client leaves, and its upstream connections go to others. */
const LEAVE_SHARE = 0.02
/** Of those that leave; the others do so in good order. */
const RESET_SHARE = 0.2
const MAX_AWAY_MS = 5

export interface SoakClientOptions {
  readonly port: number
  readonly seed: number
  readonly random: () => number
  readonly tally: ClientTally
  /** The number of the next request; undefined when there are no more. */
  readonly nextId: () => number | undefined
  /** It has nothing more to do. */
  readonly onDone: () => void
}

/** A client that sends one request after another over one connection, and leaves and comes back at random. */
export class SoakClient {
  readonly #options: SoakClientOptions
  #socket: Socket | undefined
  #reader = new AnswerReader()
  #id = -1
  #request: PlannedRequest | undefined
  #sentMs = 0

  constructor(options: SoakClientOptions) {
    this.#options = options
  }

  start(): void {
    const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    this.#reader = new AnswerReader()
    socket.setEncoding('latin1')
    let ending = 'it was closed'
    socket.on('connect', () => this.#next(socket))
    socket.on('data', (text: string) => this.#take(socket, text))
    socket.on('error', (error) => (ending = error.message))
    socket.on('close', () => this.#lose(socket, ending))
  }

  /** Gives up a request that waits for too long. */
  checkWait(nowMs: number, maxWaitMs: number): void {
    if (this.#request === undefined || nowMs - this.#sentMs < maxWaitMs) return
    this.#socket?.destroy(new Error(`no answer came in ${maxWaitMs} ms`))
  }

  #next(socket: Socket): void {
    const id = this.#options.nextId()
    if (id === undefined) {
      this.#socket = undefined
      socket.end()
      return this.#options.onDone()
    }
    const request = plannedRequest(this.#options.seed, id)
    const { method, target, body } = request
    this.#id = id
    this.#request = request
    this.#sentMs = performance.now()
    const length = method === 'GET' || method === 'HEAD' ? '' : `Content-Length: ${body.length}\r\n`
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: soak\r\n${length}\r\n${body}`, 'latin1')
  }

  #take(socket: Socket, text: string): void {
    const request = this.#request
    if (socket !== this.#socket) return
    if (request === undefined) return this.#options.tally.addWrong(`"${text}" came although nobody asked`)
    let answer: ReceivedAnswer | undefined
    try {
      answer = this.#reader.read(text, request.method === 'HEAD')
    } catch (error) {
      this.#request = undefined
      this.#options.tally.addWrong(`${request.method} ${request.target}: ${(error as Error).message}`)
      return this.#comeAgain(socket, true)
    }
    if (answer === undefined) return
    this.#request = undefined
    this.#check(request, answer)
    if (!answer.isPersistent) return this.#comeAgain(socket, false)
    if (this.#options.random() < LEAVE_SHARE) return this.#comeAgain(socket, this.#options.random() < RESET_SHARE)
    this.#next(socket)
  }

  #check(request: PlannedRequest, answer: ReceivedAnswer): void {
    const { tally } = this.#options
    const { method, target, isChunked } = request
    const expected = answerBody(this.#id, method)
    const body = method === 'HEAD' ? '' : expected
    const isWhole = answer.body === body && answer.head.includes(`\r\nX-Answer-To: ${this.#id} ${method}\r\n`)
    const isFramed = isChunked || answer.head.includes(`\r\nContent-Length: ${expected.length}\r\n`)
    if (answer.status === 200 && isWhole && isFramed) tally.addRight()
    else tally.addFailed(answer.status, `${method} ${target}: ${answer.head}${answer.body}`)
  }

  #comeAgain(socket: Socket, isReset: boolean): void {
    this.#socket = undefined
    if (isReset) socket.resetAndDestroy()
    else socket.end()
    this.#options.tally.departures++
    setTimeout(() => this.start(), Math.floor(this.#options.random() * (MAX_AWAY_MS + 1)))
  }

  /** Its connection is gone although it has not left. */
  #lose(socket: Socket, ending: string): void {
    if (socket !== this.#socket) return
    const request = this.#request
    this.#request = undefined
    const what = request === undefined ? 'connection' : `${request.method} ${request.target}`
    this.#options.tally.addLost(`${what}: ${ending}`)
    if (request !== undefined) return this.start()
    // The proxy does not even take the connection.
    this.#socket = undefined
    this.#options.onDone()
  }
}
