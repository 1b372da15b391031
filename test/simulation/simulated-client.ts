import { Data } from 'sluice'
import type { ConnectionHandler, DirectConnection, ProxyError } from 'sluice'
import { AnswerCheck } from './answer-check.ts'
import type { RequestRecord } from './ledger.ts'
import type { ProxyShape } from './proxy-shape.ts'
import { describeRequest, type RequestScript, scriptRequest } from './request-script.ts'
import { TunnelEnd } from './tunnel-end.ts'
import { type WireHead, type WireListener, WireReader } from './wire-reader.ts'
import type { World } from './world.ts'

/** How long a client waits for leave to send a body before it sends it all the same. */
const CONTINUE_WAIT_MS = 3_000
const CONNECT = { connectTimeoutMs: 1_000, keepAlive: true, noDelay: true }
/** Longer than the proxy lets a client that does not read have its connection. */
const NOT_READING_MS = 200_000

/** A request that has been sent, and what is known of it. */
export interface Exchange {
  readonly script: RequestScript
  readonly record: RequestRecord
}

/** A client: one connection, some requests on it, pipelined by chance, and an end that is not always a good one. */
export class SimulatedClient implements ConnectionHandler, WireListener {
  readonly name: string
  readonly #world: World
  readonly #shape: ProxyShape
  readonly #direct: DirectConnection
  readonly #reader: WireReader
  readonly #check: AnswerCheck
  /** Requests without an answer, oldest first. */
  readonly #waiting: Exchange[] = []
  #left: number
  #sentCount = 0
  /** Not so many that the proxy would lose its patience. */
  #restsLeft = 2
  /** Sends the body that waits for leave. */
  #sendBody: (() => void) | undefined
  #tunnel: TunnelEnd | undefined
  #isSending = false
  #isOver = false
  #isOpen = false
  #isClosed = false
  /** Why the proxy may close the connection although something is still waited for. */
  #mayBeClosed = ''

  constructor(name: string, port: number, shape: ProxyShape, world: World) {
    this.name = name
    this.#world = world
    this.#shape = shape
    this.#left = 1 + world.below(5)
    this.#check = new AnswerCheck(name, shape, world)
    this.#reader = new WireReader(false, this, (status) => this.#hasNoBody(status))
    const { direct } = world.transport.connect({ host: '127.0.0.1', port }, CONNECT)
    if (direct === undefined) throw new Error('The simulation needs direct connections')
    this.#direct = direct
    direct.attach(this)
  }

  /** Whether it waits for nothing. */
  get isOver(): boolean {
    return this.#isOver || this.#tunnel?.isOver === true
  }

  /** Whether nothing is under way on its connection, which is open. */
  get isQuiet(): boolean {
    return (
      this.#isOpen &&
      !this.#isOver &&
      !this.#isClosed &&
      !this.#isSending &&
      this.#waiting.length === 0 &&
      this.#tunnel === undefined
    )
  }

  /** Its end of its connection. */
  get connection(): DirectConnection {
    return this.#direct
  }

  onOpen(): void {
    this.#isOpen = true
    this.#send()
    // One that leaves in the middle of things.
    if (this.#world.fault('client aborts', 0.2)) this.#world.later(() => this.#leave(), this.#world.below(15_000, 3))
  }

  onData(data: Data): void {
    try {
      this.#reader.push(data.bytes)
    } catch (error) {
      this.#world.trace.violate(`${this.name} got what is no HTTP: ${String(error)}`)
      this.#finish()
    }
    this.#readSlowly()
  }

  onEnd(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.onEnd()
    const inside = this.#reader.end()
    if (inside !== 'nothing') this.#world.trace.note(`${this.name} was cut inside the ${inside} of an answer`)
    this.#endWaiting(inside !== 'nothing')
    this.#direct.end()
  }

  onDrain(): void {}

  onClose(error?: ProxyError): void {
    this.#isClosed = true
    this.#world.trace.note(`${this.name} is closed${error === undefined ? '' : `: ${error.code}`}`)
    this.#tunnel?.onClose()
    this.#reader.stop()
    this.#endWaiting(this.#check.isInAnswer)
  }

  onHead(head: WireHead): void {
    const [exchange] = this.#waiting
    if (exchange === undefined) {
      if (!this.#isOver) this.#world.trace.violate(`${this.name} got an answer that it did not ask for`)
      return this.#reader.stop()
    }
    const { isFinal, isLast } = this.#check.begin(head, exchange)
    if (head.status === 101 || (exchange.script.method === 'CONNECT' && head.status < 300)) {
      this.#reader.tunnel()
      return this.#startTunnel(exchange)
    }
    if (head.status === 100 || isFinal) this.#meetLeave(isFinal && isLast)
    if (isLast) this.#mayBeClosed = 'it was told that this is the last answer'
  }

  onBody(text: string): void {
    this.#check.body(text)
  }

  onMessageEnd(trailers: ReadonlyMap<string, string>): void {
    if (!this.#check.end(trailers)) return
    this.#waiting.shift()
    if (this.#mayBeClosed === '') this.#goOn()
  }

  onTunnel(text: string): void {
    this.#tunnel?.onBytes(text)
  }

  /** The end of the world: whoever still waits has been forgotten. */
  check(): void {
    const ids = this.#waiting.map(({ record }) => record.id)
    if (!this.isOver) this.#world.trace.violate(`${this.name} waits for ${ids.join(', ')} for ever`)
  }

  #send(): void {
    if (this.#left === 0 || this.#isOver || this.#isSending || this.#mayBeClosed !== '') return
    this.#left--
    const world = this.#world
    const id = `${this.name}r${++this.#sentCount}`
    const script = scriptRequest(world, this.#shape, this.name, id, this.#left === 0)
    const record = world.ledger.add(script, world.transport.now(), this.#shape.mux.resend)
    world.trace.note(`${this.name} sends ${describeRequest(script)}`)
    this.#waiting.push({ script, record })
    if (script.closes) this.#mayBeClosed = 'it asked for that'
    if (script.flaw !== 'none') this.#sendFlawed(script)
    else if (script.expectsContinue) this.#sendExpecting(script, record)
    else this.#sendPieces(script.head + script.content, () => this.#sent(script, record))
  }

  #sent(script: RequestScript, record: RequestRecord): void {
    record.isSent = true
    const mayTunnel = script.upgrades || script.method === 'CONNECT'
    if (mayTunnel || script.closes || this.#left === 0) {
      if (!mayTunnel && this.#left === 0 && this.#world.fault('client half-closes', 0.4)) this.#halfClose()
    } else if (this.#world.fault('pipelined requests', 0.4)) this.#send()
    // The answer may have come before the request was over.
    else if (this.#waiting.length === 0) this.#goOn()
  }

  #halfClose(): void {
    this.#mayBeClosed = 'it sends no more'
    this.#check.hasHalfClosed = true
    this.#direct.end()
  }

  #sendFlawed({ flaw, head, content }: RequestScript): void {
    this.#left = 0
    this.#mayBeClosed = `its request is ${flaw}`
    if (flaw === 'malformed') return this.#write(head)
    const text = head + content
    this.#write(text.slice(0, 1 + this.#world.below(text.length - 1)))
    if (flaw !== 'cut') return
    this.#check.hasHalfClosed = true
    this.#direct.end()
  }

  #sendExpecting(script: RequestScript, record: RequestRecord): void {
    this.#isSending = true
    this.#write(script.head)
    const sendBody = (): void => {
      if (this.#sendBody !== sendBody) return
      this.#sendBody = undefined
      this.#isSending = false
      if (!this.#isOver) this.#sendPieces(script.content, () => this.#sent(script, record))
    }
    this.#sendBody = sendBody
    this.#world.later(sendBody, CONTINUE_WAIT_MS)
  }

  /** There is leave to send the body; or an answer, which has to be the last one if the body is not sent. */
  #meetLeave(isBodyUnwanted: boolean): void {
    if (this.#sendBody === undefined) return
    if (!isBodyUnwanted) return this.#sendBody()
    this.#sendBody = undefined
    this.#isSending = false
  }

  /** All at once, or in two pieces with time between them. */
  #sendPieces(text: string, proceed: () => void): void {
    const world = this.#world
    const cut = world.fault('partial writes', 0.3) ? world.below(text.length) : text.length
    const rest = text.slice(cut)
    if (rest === '') return this.#writeLast(text, proceed)
    this.#isSending = true
    this.#write(text.slice(0, cut))
    world.later(
      () => {
        this.#isSending = false
        if (!this.#isClosed && !this.#isOver) this.#writeLast(rest, proceed)
      },
      world.chance(0.5) ? 0 : world.below(3_000),
    )
  }

  #writeLast(text: string, proceed: () => void): void {
    this.#write(text)
    proceed()
  }

  #write(text: string): void {
    this.#direct.write(Data.latin1(text))
  }

  /** All that was asked for has come. */
  #goOn(): void {
    if (this.#waiting.length > 0 || this.#isSending || this.#isOver) return
    const world = this.#world
    const thinksLong = world.has('client delays')
    const thinkMs = thinksLong ? world.below(15_000, 2) : world.below(50)
    if (thinksLong) world.count('client delays')
    world.later(() => {
      if (this.#isOver || this.#isSending || this.#waiting.length > 0) return
      if (this.#left > 0) this.#send()
      else this.#end()
    }, thinkMs)
  }

  #hasNoBody(status: number): boolean {
    const method = this.#waiting[0]?.script.method
    return method === 'HEAD' || (method === 'CONNECT' && status < 300)
  }

  #readSlowly(): void {
    const world = this.#world
    if (this.#isOver || this.#tunnel !== undefined) return
    if (world.fault('clients that stop reading', 0.004)) {
      this.#finish()
      this.#direct.pause()
      world.later(() => this.#direct.resume(), NOT_READING_MS)
    } else if (this.#restsLeft > 0 && world.fault('slow client readers', 0.03)) {
      this.#restsLeft--
      this.#direct.pause()
      world.later(() => this.#direct.resume(), world.below(15_000, 2))
    }
  }

  #startTunnel({ record }: Exchange): void {
    this.#waiting.shift()
    this.#tunnel = new TunnelEnd(this.#world, this.#direct, this.name, record, true)
  }

  /** The proxy has closed the connection: either nothing was waited for, or there is a reason for it. */
  #endWaiting(isInAnswer: boolean): void {
    if (this.#isOver || this.#tunnel !== undefined) return
    if (this.#waiting.length > 0 || this.#left > 0) this.#check.cut(this.#waiting, isInAnswer, this.#mayBeClosed)
    this.#finish()
  }

  #end(): void {
    this.#finish()
    if (this.#world.chance(0.7)) this.#direct.end()
    else this.#direct.close()
  }

  #leave(): void {
    if (this.#isOver || this.#tunnel !== undefined) return
    this.#world.trace.note(`${this.name} leaves`)
    this.#finish()
    if (this.#world.chance(0.5)) this.#direct.abort()
    else this.#direct.close()
  }

  #finish(): void {
    this.#isOver = true
    // Of a tunnel that was asked for nobody is there any more.
    for (const { record } of this.#waiting) record.up.isCut = true
    this.#reader.stop()
  }
}
