import { Data } from 'sluice'
import type { Connection, ConnectionHandler, DirectConnection } from 'sluice'
import { type AnswerPlan, describeAnswer, planAnswer } from './answer-plan.ts'
import { bodyOf, isPieceOfBody } from './body.ts'
import type { GivenAnswer, RequestRecord } from './ledger.ts'
import { MAX_CALLBACK_MS, type ProxyShape } from './proxy-shape.ts'
import { TunnelEnd } from './tunnel-end.ts'
import { type WireHead, type WireListener, WireReader } from './wire-reader.ts'
import type { World } from './world.ts'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
/** Between two pieces of an answer. */
const MAX_PIECE_DELAY_MS = 3_000
const UNASKED = 'HTTP/1.1 200 OK\r\nX-Id: nobody\r\nContent-Length: 6\r\n\r\npoison'

/** One connection at an upstream: answers what it is asked, and by chance late, early, cut, silent or with a reset. */
export class SimulatedUpstream implements ConnectionHandler, WireListener {
  readonly #world: World
  readonly #shape: ProxyShape
  readonly #direct: DirectConnection
  readonly #reader = new WireReader(true, this)
  readonly #name: string
  /** Whether what is written at once is also read at once: then what stands behind an answer is seen with it. */
  readonly #isReadWhole: boolean
  /** The request that is coming in or being answered. */
  #request: RequestRecord | undefined
  #answered: RequestRecord | undefined
  #bodyBytes = 0
  #isAnswering = false
  #answerCount = 0
  #client = ''
  /** Not so many that the proxy would lose its patience. */
  #restsLeft = 2
  /** It has not read for a while. */
  #hasRested = false
  #tunnel: TunnelEnd | undefined
  #isClosed = false
  /** It has answered a whole request and said that it closes: nobody may send it another. */
  #hasToldEnd = false
  /** It is through: what is still coming in it does not look at. */
  #isThrough = false

  constructor(connection: Connection, name: string, shape: ProxyShape, isReadWhole: boolean, world: World) {
    if (connection.direct === undefined) throw new Error('The simulation needs direct connections')
    this.#world = world
    this.#shape = shape
    this.#direct = connection.direct
    this.#name = name
    this.#isReadWhole = isReadWhole
    this.#direct.attach(this)
  }

  onData(data: Data): void {
    if (this.#isThrough) return this.#checkLate()
    const isIdle = this.#answerCount > 0 && this.#request === undefined && !this.#reader.isInMessage
    if (isIdle && this.#world.fault('idle resets', 0.03)) return this.#closeIdle('at the moment of reuse', true)
    try {
      this.#reader.push(data.bytes)
    } catch (error) {
      this.#world.trace.violate(`${this.#name} got what is no HTTP: ${String(error)}`)
      this.#breakOff()
    }
    if (this.#restsLeft > 0 && this.#world.fault('slow upstream readers', 0.03)) {
      this.#restsLeft--
      this.#direct.pause()
      this.#hasRested = true
      this.#excuseRest()
      this.#world.later(() => this.#direct.resume(), this.#world.below(5_000))
    }
  }

  onEnd(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.onEnd()
    this.#through()
    this.#direct.end()
  }

  onDrain(): void {}

  onClose(): void {
    this.#isClosed = true
    this.#tunnel?.onClose()
  }

  onHead({ startLine, headers }: WireHead): void {
    const { trace, ledger } = this.#world
    if (this.#request !== undefined)
      trace.violate(`${this.#name} got "${startLine}" before it had answered ${this.#request.id}`)
    const [method = '', target = ''] = startLine.split(' ')
    const id = /[?&]id=(\w+)/.exec(target)?.[1] ?? ''
    trace.note(`${this.#name} got ${method} ${id}`)
    const record = ledger.arrive(method, id, this.#answerCount > 0)
    if (record === undefined) return this.#breakOff()
    if (this.#shape.key === 'client') this.#checkClient(record)
    this.#request = record
    this.#bodyBytes = 0
    this.#isAnswering = false
    this.#excuseRest()
    const isExpecting = headers.has('expect')
    if (isExpecting && !record.expectsContinue) trace.violate(`${id} came with an expectation that it did not have`)
    if (isExpecting) this.#meetExpectation(record)
    if (headers.get('upgrade') === 'echo') return this.#upgrade(record)
    if (record.bodyBytes > 0) this.#disturbBody(record)
  }

  onBody(text: string): void {
    const record = this.#request
    if (record === undefined) return
    if (!isPieceOfBody(record.id, text, this.#bodyBytes))
      this.#world.trace.violate(`${record.id} came with a body that is not its own`)
    this.#bodyBytes += text.length
  }

  onMessageEnd(trailers: ReadonlyMap<string, string>): void {
    const record = this.#request
    if (record === undefined) return
    const { id, bodyBytes, hasTrailers } = record
    if (this.#bodyBytes !== bodyBytes || !record.isSent) {
      const state = `${this.#bodyBytes} of ${bodyBytes} bytes`
      this.#world.trace.violate(`the body of ${id} came to its end with ${state}`)
    }
    if (hasTrailers && trailers.get('x-trailer') !== id) this.#world.trace.violate(`${id} came without its trailer`)
    if (this.#isAnswering) return
    if (this.#world.fault('no answer', 0.02)) {
      record.mayFail = true
      return this.#world.trace.note(`${this.#name} will not answer ${id}`)
    }
    const delayMs = this.#world.has('upstream delays') ? this.#world.below(30_000, 4) : this.#world.below(20)
    if (delayMs >= 1_000) this.#world.count('upstream delays')
    // How long the proxy waits begins when it has sent the request, which is a while ago for a slow reader.
    if (delayMs + MAX_PIECE_DELAY_MS + MAX_CALLBACK_MS >= this.#shape.mux.responseTimeoutMs) record.mayFail = true
    this.#world.later(() => this.#answer(record), delayMs)
  }

  onTunnel(text: string): void {
    this.#tunnel?.onBytes(text)
  }

  /** One that did not read for a while may be taken for one that does not answer. */
  #excuseRest(): void {
    const isShort = this.#shape.mux.responseTimeoutMs < 60_000
    if (this.#hasRested && isShort && this.#request !== undefined) this.#request.mayFail = true
  }

  #checkLate(): void {
    if (this.#hasToldEnd) this.#world.trace.violate(`${this.#name} got more after it had said "Connection: close"`)
  }

  #checkClient({ id, client }: RequestRecord): void {
    if (this.#client === '') this.#client = client
    else if (this.#client !== client)
      this.#world.trace.violate(`${id} came on the connection of ${this.#client}, which is that client's own`)
  }

  #meetExpectation(record: RequestRecord): void {
    const world = this.#world
    if (world.fault('continued requests', 0.6)) this.#write(CONTINUE)
    else if (world.fault('refused expectations', 0.3)) this.#begin(record, planAnswer(world, record, { status: 417 }))
  }

  /** What servers do to an upload that they do not want. */
  #disturbBody(record: RequestRecord): void {
    const world = this.#world
    if (this.#isAnswering) return
    if (world.fault('early answers', 0.06)) {
      this.#begin(record, planAnswer(world, record))
    } else if (world.fault('early answers with close', 0.06)) {
      this.#begin(record, planAnswer(world, record, { isLast: true }))
    } else if (world.fault('resets in a request body', 0.05)) {
      record.mayFail = true
      world.later(() => {
        if (this.#request === record && !this.#isAnswering) this.#fail(`breaks off in the body of ${record.id}`)
      }, world.below(300))
    }
  }

  #upgrade(record: RequestRecord): void {
    const world = this.#world
    const isRefused = world.fault('tunnels refused', 0.3)
    if (isRefused) return
    this.#isAnswering = true
    world.later(() => {
      if (this.#isClosed || this.#isThrough) return
      world.count('tunnels')
      this.#write(
        `HTTP/1.1 101 Switching Protocols\r\nX-Id: ${record.id}\r\nX-Attempt: ${record.arrivals}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`,
      )
      this.#reader.tunnel()
      this.#tunnel = new TunnelEnd(world, this.#direct, this.#name, record, false)
    }, world.below(500))
  }

  #answer(record: RequestRecord): void {
    const world = this.#world
    if (this.#isClosed || this.#isThrough || this.#isAnswering) return
    if (world.fault('resets before an answer', 0.05)) {
      record.mayFail = true
      return this.#fail(`resets before the answer to ${record.id}`, () => this.#direct.abort())
    }
    if (world.fault('closes before an answer', 0.05)) {
      record.mayFail = true
      return this.#fail(`closes before the answer to ${record.id}`, () => this.#direct.close())
    }
    const plan = planAnswer(world, record)
    const isUnasked =
      this.#isReadWhole && plan.flaw === 'none' && !plan.isLast && plan.head.length + plan.content.length < 8_000
    if (isUnasked && plan.interim === '' && world.fault('unasked answers', 0.25))
      return this.#begin(record, { ...plan, flaw: 'followed by another' })
    this.#begin(record, plan)
  }

  #begin(record: RequestRecord, plan: AnswerPlan): void {
    const world = this.#world
    const { status, bodyId, bodyBytes, hasTrailers, flaw, head, content, interim } = plan
    this.#isAnswering = true
    world.trace.note(`${this.#name} answers ${record.id} with ${describeAnswer(plan)}`)
    const given: GivenAnswer = { status, bodyId, bodyBytes, hasTrailers, isWhole: false }
    record.answers[record.arrivals] = given
    if (interim !== '') this.#write(interim)
    if (flaw === 'cut in the head' || flaw === 'malformed') {
      record.mayFail = true
      const text = flaw === 'malformed' ? head : head.slice(0, world.below(head.length - 1))
      if (text !== '') this.#write(text)
      return this.#fail(`breaks off in the head of its answer`, () => this.#cut(false))
    }
    if (flaw === 'none' || flaw === 'followed by another') return this.#writeWhole(record, plan, given)
    record.mayFail = true
    record.mayBeCut = true
    if (flaw === 'malformed chunk') {
      const piece = bodyOf(bodyId, world.below(bodyBytes))
      const chunk = piece === '' ? '' : `${piece.length.toString(16)}\r\n${piece}\r\n`
      this.#write(`${head}${chunk}${world.pick(['zz\r\n', '\r\n\r\n', '-1\r\n', '0\n\n'])}`)
      return this.#fail('sends a chunk that is none', () => this.#cut(false))
    }
    this.#write(head + content.slice(0, world.below(content.length)))
    if (flaw === 'stalls') return this.#through()
    this.#fail('breaks off inside its answer', () => this.#cut(plan.isUntilClose))
  }

  /** All at once, or in pieces. */
  #writeWhole(record: RequestRecord, plan: AnswerPlan, given: GivenAnswer): void {
    const world = this.#world
    const text = plan.head + plan.content
    if (plan.flaw === 'followed by another') {
      this.#write(text + world.pick([UNASKED, UNASKED.slice(0, 20), UNASKED.slice(0, -3), 'x']))
      return this.#finish(record, plan, given)
    }
    const cut = world.fault('partial writes', 0.2) ? world.below(text.length) : 0
    if (cut === 0) {
      this.#write(text)
      return this.#finish(record, plan, given)
    }
    this.#write(text.slice(0, cut))
    world.later(() => {
      if (this.#isClosed || this.#isThrough) return
      this.#write(text.slice(cut))
      this.#finish(record, plan, given)
    }, world.below(MAX_PIECE_DELAY_MS))
  }

  #finish(record: RequestRecord, plan: AnswerPlan, given: GivenAnswer): void {
    const world = this.#world
    given.isWhole = true
    if (this.#request === record) this.#request = undefined
    this.#answered = record
    this.#answerCount++
    if (plan.isLast) {
      this.#hasToldEnd = plan.isCloseTold && !this.#reader.isInMessage
      if (!plan.isCloseTold && !plan.isUntilClose) world.ledger.idleCloses++
      this.#through()
      return this.#direct.end()
    }
    if (plan.flaw === 'followed by another') return this.#through()
    if (world.fault('idle closes', 0.35))
      world.later(() => this.#closeIdle('for lack of requests', false), world.below(12_000))
    else if (world.fault('idle resets', 0.1))
      world.later(() => this.#closeIdle('for lack of requests', true), world.below(12_000))
  }

  #closeIdle(when: string, isReset: boolean): void {
    if (this.#request !== undefined || this.#isClosed || this.#reader.isInMessage || this.#isThrough) return
    this.#world.trace.note(`${this.#name} ${isReset ? 'resets' : 'closes'} ${when}`)
    this.#world.ledger.idleCloses++
    this.#through()
    if (isReset) this.#reset()
    else if (this.#world.chance(0.5)) this.#direct.end()
    else this.#direct.close()
  }

  /** What is on its way is lost: of the last answer it may be a part. */
  #reset(): void {
    if (this.#answered !== undefined) {
      this.#answered.mayFail = true
      this.#answered.mayBeCut = true
    }
    this.#direct.abort()
  }

  #fail(text: string, action: () => void = () => this.#cut(false)): void {
    this.#world.trace.note(`${this.#name} ${text}`)
    this.#through()
    action()
  }

  /** Ends the connection one way or another. @param isReset only so that it is seen as a failure */
  #cut(isReset: boolean): void {
    const way = isReset ? 0 : this.#world.below(3)
    if (way === 0) this.#direct.abort()
    else if (way === 1) this.#direct.end()
    else this.#direct.close()
  }

  #breakOff(): void {
    this.#through()
    this.#direct.abort()
  }

  #through(): void {
    this.#isThrough = true
    this.#reader.stop()
  }

  #write(text: string): void {
    this.#direct.write(Data.latin1(text))
  }
}
