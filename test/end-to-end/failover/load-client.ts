import { connect, type Socket } from 'node:net'
import { AnswerReader, type ReceivedAnswer } from '../../soak/answer-reader.ts'
import { clockMs } from './clock.ts'
import type { RequestRecord } from './request-record.ts'

/** A request without an answer for so long is lost. */
const MAX_WAIT_MS = 10_000

export interface LoadClientOptions {
  readonly port: number
  readonly number: number
  /** Between an answer and the next request. */
  readonly pauseMs: number
  /** Taken in turn. */
  readonly methods: readonly string[]
  /** Whether it keeps cookies. */
  readonly keepsCookies: boolean
  /** After so many requests it comes back with a new connection; 0 never. */
  readonly requestsPerConnection: number
  readonly onEnd: (record: RequestRecord) => void
}

interface SentRequest {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly body: string
  readonly sentMs: number
}

/** Sends one request after another over one connection, each with a path and a body of its own, and checks each answer. */
export class LoadClient {
  /** Settles when it is told to stop and has its last answer. */
  readonly stopped: Promise<void>
  readonly #options: LoadClientOptions
  readonly #cookies = new Map<string, string>()
  #socket: Socket | undefined
  #reader = new AnswerReader()
  #request: SentRequest | undefined
  #count = 0
  #sentOverConnection = 0
  #timer: NodeJS.Timeout | undefined
  #isStopping = false
  #resolveStopped: () => void = () => undefined

  constructor(options: LoadClientOptions) {
    this.#options = options
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve))
  }

  start(): void {
    this.#connect()
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isStopping = true
    if (this.#request === undefined) this.#leave()
  }

  #connect(): void {
    const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    this.#reader = new AnswerReader()
    this.#sentOverConnection = 0
    let ending = 'the connection was closed'
    socket.setEncoding('latin1').setTimeout(MAX_WAIT_MS)
    socket.on('connect', () => this.#send(socket))
    socket.on('data', (text: string) => this.#take(socket, text))
    socket.on('timeout', () => socket.destroy(new Error(`no answer came in ${MAX_WAIT_MS} ms`)))
    socket.on('error', (error) => (ending = error.message))
    socket.on('close', () => this.#lose(socket, ending))
  }

  #send(socket: Socket): void {
    if (this.#isStopping) return this.#leave()
    const { number, methods } = this.#options
    const id = `${number}-${this.#count}`
    const method = methods[this.#count % methods.length] ?? 'GET'
    this.#count++
    this.#sentOverConnection++
    const body = method === 'PUT' || method === 'POST' ? `${id} `.repeat(1 + (this.#count % 50)) : ''
    const path = `/${id}`
    this.#request = { id, method, path, body, sentMs: clockMs() }
    const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const cookieLine = cookie === '' ? '' : `Cookie: ${cookie}\r\n`
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: load.test\r\n${cookieLine}${length}\r\n${body}`, 'latin1')
  }

  #take(socket: Socket, text: string): void {
    const request = this.#request
    if (socket !== this.#socket) return
    if (request === undefined) {
      this.#end({ id: '', method: '', path: '', body: '', sentMs: clockMs() }, 'mixed', `nobody asked for ${text}`)
      socket.destroy()
      return
    }
    let answer: ReceivedAnswer | undefined
    try {
      answer = this.#reader.read(text, false)
    } catch (error) {
      this.#end(request, 'mixed', (error as Error).message)
      socket.destroy()
      return
    }
    if (answer !== undefined) this.#check(socket, request, answer)
  }

  #check(socket: Socket, request: SentRequest, { status, head, body, isPersistent }: ReceivedAnswer): void {
    const upstream = /\r\nx-upstream: (\S+)\r\n/i.exec(head)?.[1]
    if (this.#options.keepsCookies) this.#keepCookies(head)
    const isOwn = body === `${upstream} ${request.method} ${request.path} ${request.body}`
    const isMixed = upstream !== undefined && !isOwn
    if (isMixed) this.#end(request, 'mixed', `${head}\r\n${body}`, status, upstream)
    else if (status !== 200 || !isOwn) this.#end(request, 'lost', `${status} ${body}`, status, upstream)
    else this.#end(request, 'answered', undefined, status, upstream)
    const { requestsPerConnection, pauseMs } = this.#options
    if (this.#isStopping) return this.#leave()
    if (!isPersistent || this.#sentOverConnection === requestsPerConnection) {
      this.#socket = undefined
      socket.end()
    }
    this.#timer = setTimeout(() => {
      if (this.#socket === undefined) this.#connect()
      else this.#send(this.#socket)
    }, pauseMs)
  }

  #keepCookies(head: string): void {
    for (const [, name = '', value = ''] of head.matchAll(/\r\nset-cookie: ([^=;\r]+)=([^;\r]*)/gi)) {
      this.#cookies.set(name, value)
    }
  }

  #end(
    request: SentRequest,
    result: RequestRecord['result'],
    detail: string | undefined,
    status = 0,
    upstream: string | undefined = undefined,
  ): void {
    this.#request = undefined
    const { id, method, sentMs } = request
    const client = this.#options.number
    this.#options.onEnd({ id, method, client, sentMs, endedMs: clockMs(), status, upstream, result, detail })
  }

  /** The connection is gone. */
  #lose(socket: Socket, ending: string): void {
    if (socket !== this.#socket) return
    this.#socket = undefined
    if (this.#request !== undefined) this.#end(this.#request, 'lost', ending)
    if (this.#isStopping) return this.#leave()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#connect(), this.#options.pauseMs)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
    this.#resolveStopped()
  }
}
