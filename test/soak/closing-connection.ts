import type { Socket } from 'node:net'
import { answerBody } from './answer-body.ts'
import { plannedRequest } from './planned-request.ts'
import type { RaceKind, UpstreamCounters } from './upstream-counters.ts'

/** After so many of all answers the upstream gives up the connection once it was idle for a random time. */
const IDLE_CLOSE_SHARE = 0.06
const MAX_IDLE_MS = 20
/** Of those closes; the others are in good order. */
const RESET_SHARE = 0.15
/** After so many it waits for the first bytes of the next request, and gives up the connection just then. */
const MEETING_SHARE = 0.02
/** So many answers say `Connection: close`. */
const LAST_SHARE = 0.01
/** So many say how long the connection may be idle, and mean it. */
const KEEP_ALIVE_SHARE = 0.05
const KEEP_ALIVE_MS = 1000

/** How it gives up a connection as a request comes. */
const MEETINGS = {
  'FIN as the request came': (socket: Socket) => void socket.end(),
  'close as it came': (socket: Socket) => void socket.destroy(),
  'RST as it came': (socket: Socket) => void socket.resetAndDestroy(),
} as const
const MEETING_KINDS = Object.keys(MEETINGS) as (keyof typeof MEETINGS)[]

/** One connection of the upstream: it answers its first request, and from then on may end whenever nobody uses it. */
export class ClosingConnection {
  readonly #socket: Socket
  readonly #seed: number
  readonly #random: () => number
  readonly #counters: UpstreamCounters
  #text = ''
  #timer: NodeJS.Timeout | undefined
  /** It ends when the next request comes. */
  #isMeeting = false
  /** It said that it sends no more. */
  #hasEnded = false

  constructor(socket: Socket, seed: number, random: () => number, counters: UpstreamCounters) {
    this.#socket = socket
    this.#seed = seed
    this.#random = random
    this.#counters = counters
    counters.connections++
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    // The proxy may drop a connection however it likes; whether a request suffered is for its client to say.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => clearTimeout(this.#timer))
  }

  #take(text: string): void {
    if (this.#hasEnded) return this.#meet(text, 'request came behind the FIN')
    clearTimeout(this.#timer)
    if (this.#isMeeting) {
      const kind = MEETING_KINDS[Math.floor(this.#random() * MEETING_KINDS.length)] as keyof typeof MEETINGS
      this.#meet(text, kind)
      this.#hasEnded = true
      return MEETINGS[kind](this.#socket)
    }
    this.#text += text
    const request = readRequest(this.#text)
    if (request === undefined) return
    this.#text = ''
    this.#answer(request)
  }

  /** A request, or the rest of one, comes to a connection that is being given up. */
  #meet(text: string, kind: RaceKind): void {
    const [, method, id] = /^([A-Z]+) \/\w+\/(\d+) /.exec(text) ?? []
    if (method === undefined) return
    this.#counters.see(Number(id), method)
    this.#counters.race(kind)
  }

  #answer({ id, method, body }: ReadRequest): void {
    const counters = this.#counters
    counters.see(id, method)
    counters.answer(id, method)
    const planned = plannedRequest(this.#seed, id)
    const isDamaged = planned.method !== method || planned.body !== body
    if (isDamaged) counters.damaged++
    const chance = this.#random()
    const isLast = chance < LAST_SHARE
    const hasKeepAlive = !isLast && chance < LAST_SHARE + KEEP_ALIVE_SHARE
    const said = isLast ? 'Connection: close\r\n' : hasKeepAlive ? 'Keep-Alive: timeout=1\r\n' : ''
    const answered = isDamaged ? 'damaged' : answerBody(id, method)
    const content = planned.isChunked ? toChunks(answered) : answered
    const framing = planned.isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${answered.length}`
    const head = `HTTP/1.1 200 OK\r\n${framing}\r\nX-Answer-To: ${id} ${method}\r\n${said}\r\n`
    this.#socket.write(method === 'HEAD' ? head : head + content, 'latin1')
    if (isLast) this.#end()
    else if (hasKeepAlive) this.#timer = setTimeout(() => this.#closeIdle('FIN'), KEEP_ALIVE_MS)
    else this.#planEnd()
  }

  #planEnd(): void {
    const chance = this.#random()
    if (chance < MEETING_SHARE) {
      this.#isMeeting = true
    } else if (chance < MEETING_SHARE + IDLE_CLOSE_SHARE) {
      const how = this.#random() < RESET_SHARE ? 'RST' : 'FIN'
      this.#timer = setTimeout(() => this.#closeIdle(how), Math.floor(this.#random() * (MAX_IDLE_MS + 1)))
    }
  }

  #closeIdle(how: 'FIN' | 'RST'): void {
    this.#counters.idleCloses[how]++
    if (how === 'FIN') this.#end()
    else this.#socket.resetAndDestroy()
  }

  #end(): void {
    this.#hasEnded = true
    this.#socket.end()
  }
}

interface ReadRequest {
  readonly id: number
  readonly method: string
  readonly body: string
}

/** @returns the request once it has come whole */
function readRequest(text: string): ReadRequest | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = text.slice(0, headEnd + 2)
  const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0)
  if (text.length < headEnd + 4 + length) return undefined
  const [, method = '', id] = /^([A-Z]+) \/\w+\/(\d+) HTTP\/1\.1\r\n/.exec(head) ?? []
  return { id: Number(id ?? -1), method, body: text.slice(headEnd + 4) }
}

function toChunks(text: string): string {
  const middle = text.length >>> 1
  const parts = [text.slice(0, middle), text.slice(middle)].filter((part) => part !== '')
  return `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`
}
