import { Data } from 'sluice'
import type { Connection, ConnectionHandler, DirectConnection, Transport } from 'sluice'
import { bodyOf } from './body.ts'
import type { Trace } from './trace.ts'
import { type WireMessage, WireReader } from './wire-reader.ts'

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/** How often each request has reached an upstream. */
export type Arrivals = Map<string, number>

/** What an upstream's connections have in common. */
export interface UpstreamWorld {
  readonly transport: Transport
  readonly random: () => number
  readonly trace: Trace
  readonly arrivals: Arrivals
}

let lastConnection = 0

/** One connection at an upstream: answers what it is asked, and by chance late, cut, silent or with a reset. */
export class SimulatedUpstream implements ConnectionHandler {
  readonly #world: UpstreamWorld
  readonly #direct: DirectConnection
  readonly #reader = new WireReader(true)
  readonly #name: string
  #isBusy = false
  #isClosed = false
  /** It has answered and closes: what is still coming in it does not look at. */
  #isThrough = false

  constructor(connection: Connection, world: UpstreamWorld) {
    if (connection.direct === undefined) throw new Error('The simulation needs direct connections')
    this.#world = world
    this.#direct = connection.direct
    this.#name = `upstream connection ${++lastConnection}`
    this.#direct.attach(this)
  }

  onData(data: Data): void {
    if (this.#isThrough) return
    this.#reader.push(data.bytes)
    if (this.#isBusy && this.#isDisturbing())
      this.#world.trace.violate(`${this.#name} got a request before it answered the last one`)
    // One that does not wait for the whole request.
    if (!this.#isBusy && this.#chance(0.02) && this.#reader.peekHead() !== undefined) this.#answerEarly()
    if (!this.#isThrough) this.#takeNext()
  }

  onEnd(): void {
    this.#direct.end()
  }

  onDrain(): void {}

  onClose(): void {
    this.#isClosed = true
  }

  #isDisturbing(): boolean {
    return this.#reader.peekHead() !== undefined
  }

  #takeNext(): void {
    if (this.#isBusy) return
    let request: WireMessage | undefined
    try {
      request = this.#reader.next()
    } catch (error) {
      this.#world.trace.violate(`${this.#name} got what is no HTTP: ${String(error)}`)
    }
    if (request !== undefined) this.#take(request)
  }

  #take({ startLine, body }: WireMessage): void {
    this.#isBusy = true
    const [method = '', target = ''] = startLine.split(' ')
    const query = new URLSearchParams(target.slice(target.indexOf('?')))
    const id = query.get('id') ?? ''
    const bytes = Number(query.get('bytes'))
    this.#world.trace.note(`${this.#name} got ${method} ${id}`)
    const count = (this.#world.arrivals.get(id) ?? 0) + 1
    this.#world.arrivals.set(id, count)
    if (count > 1 && !IDEMPOTENT.has(method)) this.#world.trace.violate(`${method} ${id} was sent twice`)
    if (body !== bodyOf(id, body.length)) this.#world.trace.violate(`${id} came with a body that is not its own`)
    const delayMs = Math.floor(this.#random() ** 4 * 30_000)
    this.#world.transport.setTimer(() => this.#answer(method, id, bytes), delayMs)
  }

  #answer(method: string, id: string, bytes: number): void {
    if (this.#isClosed) return
    const fault = this.#random()
    if (fault < 0.04) return this.#fail('resets the connection before the answer', () => this.#direct.abort())
    if (fault < 0.08) return this.#fail('closes the connection before the answer', () => this.#direct.close())
    if (fault < 0.1) return this.#fail('says nothing', () => undefined)
    const isHead = method === 'HEAD'
    const body = bodyOf(id, bytes)
    const form = this.#random()
    const isUntilClose = form < 0.08 && !isHead
    const isChunked = !isUntilClose && form < 0.4
    const framing = isUntilClose ? '' : isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${bytes}\r\n`
    const isLast = isUntilClose || this.#chance(0.1)
    const interim = this.#chance(0.05) ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : ''
    const head = `${interim}HTTP/1.1 200 OK\r\nX-Id: ${id}\r\n${framing}${isLast ? 'Connection: close\r\n' : ''}\r\n`
    const content = isHead ? '' : isChunked ? toChunks(body, this.#random) : body
    // A body that lasts until the close cannot be cut so that anybody would see it.
    if (fault < 0.16 && content !== '' && !isUntilClose) {
      this.#direct.write(Data.latin1(head + content.slice(0, Math.floor(this.#random() * content.length))))
      return this.#fail('breaks off inside the answer', () =>
        this.#chance(0.5) ? this.#direct.abort() : this.#direct.end(),
      )
    }
    this.#direct.write(Data.latin1(head + content))
    this.#isBusy = false
    if (isLast) return this.#direct.end()
    // One that is tired of waiting: the race that every pool has to win.
    if (this.#chance(0.3)) this.#world.transport.setTimer(() => this.#closeIdle(), Math.floor(this.#random() * 12_000))
    this.#takeNext()
  }

  /** An answer while the request is still coming in, and a close: what servers do to an upload that they do not want. */
  #answerEarly(): void {
    const head = this.#reader.peekHead()
    const [method = '', target = ''] = head?.startLine.split(' ') ?? []
    if (method !== 'POST' && method !== 'PUT') return
    const query = new URLSearchParams(target.slice(target.indexOf('?')))
    const id = query.get('id') ?? ''
    const bytes = Number(query.get('bytes'))
    this.#isThrough = true
    this.#world.trace.note(`${this.#name} answers ${id} early`)
    const text = `HTTP/1.1 200 OK\r\nX-Id: ${id}\r\nContent-Length: ${bytes}\r\nConnection: close\r\n\r\n${bodyOf(id, bytes)}`
    this.#direct.write(Data.latin1(text))
    this.#direct.end()
  }

  #closeIdle(): void {
    if (this.#isBusy || this.#isClosed || this.#reader.isInMessage) return
    this.#world.trace.note(`${this.#name} closes for lack of requests`)
    this.#direct.end()
  }

  #fail(text: string, action: () => void): void {
    this.#world.trace.note(`${this.#name} ${text}`)
    action()
  }

  get #random(): () => number {
    return this.#world.random
  }

  #chance(probability: number): boolean {
    return this.#world.random() < probability
  }
}

function toChunks(body: string, random: () => number): string {
  let chunks = ''
  for (let i = 0; i < body.length; ) {
    const size = 1 + Math.floor(random() * 9000)
    const chunk = body.slice(i, i + size)
    chunks += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
    i += size
  }
  return `${chunks}0\r\n\r\n`
}
