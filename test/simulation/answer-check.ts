import { isPieceOfBody } from './body.ts'
import type { GivenAnswer, RequestRecord } from './ledger.ts'
import type { ProxyShape } from './proxy-shape.ts'
import type { Exchange } from './simulated-client.ts'
import type { WireHead } from './wire-reader.ts'
import type { World } from './world.ts'

/** A longer body is not kept to be sent again. */
const MAX_REPLAY_BYTES = 64 * 1024
const REFUSALS: ReadonlySet<number> = new Set([400, 414, 431, 501, 505])

/** Looks at what one client gets: the answer to each request has to be its own, and every failure has to have a reason. */
export class AnswerCheck {
  /** Its client has said that it sends no more. */
  hasHalfClosed = false
  readonly #name: string
  readonly #shape: ProxyShape
  readonly #world: World
  #exchange: Exchange | undefined
  /** What the upstream has answered; undefined for an answer of the proxy's own. */
  #given: GivenAnswer | undefined
  #bodyBytes = 0
  #answerCount = 0

  constructor(name: string, shape: ProxyShape, world: World) {
    this.#name = name
    this.#shape = shape
    this.#world = world
  }

  /** Whether an answer has begun and is not over. */
  get isInAnswer(): boolean {
    return this.#exchange !== undefined
  }

  /** @returns whether it is an answer and no interim one, and whether the connection ends behind it */
  begin({ status, headers }: WireHead, exchange: Exchange): { readonly isFinal: boolean; readonly isLast: boolean } {
    const { script, record } = exchange
    const { id } = record
    this.#world.trace.note(`${this.#name} gets ${status} for ${id}`)
    if (status < 200 || (script.method === 'CONNECT' && status < 300)) {
      this.#checkInterim(status, exchange)
      return { isFinal: false, isLast: false }
    }
    this.#exchange = exchange
    this.#bodyBytes = 0
    this.#answerCount++
    const named = headers.get('x-id')
    this.#given = undefined
    if (named === undefined) this.#checkOwn(status, exchange)
    else if (named !== id) this.#violate(`${id} got the answer of ${named}`)
    else this.#given = record.answers[Number(headers.get('x-attempt'))]
    if (named === id && this.#given?.status !== status) this.#violate(`${id} got ${status}, which no upstream answered`)
    const isLast = headers.get('connection') === 'close'
    if (isLast && !this.#mayBeLast(exchange)) this.#violate(`${this.#name} was told to close for no reason, with ${id}`)
    if (script.minorVersion === 0 && headers.has('transfer-encoding'))
      this.#violate(`${id} of HTTP/1.0 was answered in chunks`)
    return { isFinal: true, isLast }
  }

  body(text: string): void {
    const given = this.#given
    const position = this.#bodyBytes
    this.#bodyBytes += text.length
    if (given === undefined) return
    if (!isPieceOfBody(given.bodyId, text, position) || this.#bodyBytes > given.bodyBytes)
      this.#violate(`${this.#exchange?.record.id} got a body that is not its own, at ${position}`)
  }

  /** @returns whether an answer was over, and no interim one */
  end(trailers: ReadonlyMap<string, string>): boolean {
    const exchange = this.#exchange
    if (exchange === undefined) return false
    const given = this.#given
    const { id, method } = exchange.record
    this.#exchange = undefined
    if (given === undefined || method === 'HEAD') return true
    if (!given.isWhole) this.#violate(`${id} got an answer that looks whole, and was cut`)
    else if (this.#bodyBytes !== given.bodyBytes)
      this.#violate(`${id} got ${this.#bodyBytes} of ${given.bodyBytes} bytes in an answer that looks whole`)
    const isChunked = exchange.script.minorVersion === 1
    if (given.hasTrailers && isChunked && trailers.get('x-trailer') !== given.bodyId)
      this.#violate(`${id} got its answer without the trailer`)
    return true
  }

  /** The connection is over, and answers are missing. @param reason why it may be so, if the client knows one */
  cut(waiting: readonly Exchange[], isInAnswer: boolean, reason: string): void {
    const world = this.#world
    const [first] = waiting
    const id = first?.record.id
    world.trace.note(`${this.#name} is cut ${isInAnswer ? 'inside the answer to' : 'waiting for'} ${id ?? 'nothing'}`)
    // A reset takes away what the client has not read: also whole answers to earlier requests.
    if (
      waiting.some(
        (exchange) => mayBeCut(exchange) || this.#isTunnelLost(exchange) || this.#isTooLate(exchange.record),
      ) ||
      world.isDrainOver
    )
      return
    // Or the failure came behind the last byte of an answer that is there.
    if (waiting.length === 0 && world.ledger.mayCut(this.#name)) return
    if (isInAnswer) {
      this.#violate(`${id} was cut inside its answer for no reason`)
      return
    }
    if (reason !== '' || (this.#isImpatient && (first?.record.arrivals ?? 0) === 0)) return
    if (!world.isDraining) this.#violate(`${this.#name} was cut for no reason, waiting for ${id ?? 'nothing'}`)
    else if ((first?.record.arrivals ?? 0) > 0) this.#violate(`${id} was lost when the proxy was stopped`)
  }

  #checkInterim(status: number, { script, record }: Exchange): void {
    if (script.minorVersion === 0) this.#violate(`${record.id} of HTTP/1.0 got ${status}`)
    if (status === 101 && !script.upgrades) this.#violate(`${record.id} got 101 and did not ask for it`)
    // Sent to one that sends no more, to see whether it is still there.
    const isProbe = this.hasHalfClosed
    if (status === 100 && !script.expectsContinue && !isProbe)
      this.#violate(`${record.id} got 100 and did not ask for it`)
  }

  /** The proxy has answered by itself. */
  #checkOwn(status: number, { script, record }: Exchange): void {
    if (this.#isExplained(status, script, record)) return
    this.#violate(`${record.id} was answered ${status} by the proxy for no reason`)
  }

  #isExplained(status: number, script: Exchange['script'], record: RequestRecord): boolean {
    const { ledger } = this.#world
    if (script.flaw !== 'none' && (REFUSALS.has(status) || status === 408)) return true
    // The upstream's patience is as long as the proxy's own.
    if (script.flaw === 'stalled' && status === 504) return true
    switch (status) {
      case 404:
        return !script.hasRoute
      case 413:
        return script.isOversized
      case 500:
        return record.mayBe500
      case 503:
        return true
      case 502:
        return record.mayFail || ledger.isAnybodyToBlame || (this.#isUnrepeatable(record) && ledger.idleCloses > 0)
      case 504:
        return record.mayFail || ledger.isAnybodyToBlame || this.#isTooLate(record)
      default:
        return false
    }
  }

  /** The proxy had agreed to the tunnel before it found its target. */
  #isTunnelLost({ script }: Exchange): boolean {
    const isOwn = this.#shape.acceptsTunnels && (script.upgrades || script.method === 'CONNECT')
    return isOwn && this.#world.ledger.isAnybodyToBlame
  }

  #isTooLate({ sinceMs }: RequestRecord): boolean {
    const { exchangeTimeoutMs } = this.#shape.mux
    return exchangeTimeoutMs > 0 && this.#world.transport.now() >= sinceMs + exchangeTimeoutMs
  }

  /** Whether the proxy may close the connection just as the client goes on, which has thought for long. */
  get #isImpatient(): boolean {
    return this.#shape.demux.keepAliveTimeoutMs < 60_000
  }

  #isUnrepeatable({ isRepeatable, bodyBytes }: RequestRecord): boolean {
    return !isRepeatable || bodyBytes > MAX_REPLAY_BYTES
  }

  #mayBeLast({ script }: Exchange): boolean {
    const { maxRequests } = this.#shape.demux
    if (script.closes || script.minorVersion === 0 || script.flaw !== 'none' || script.expectsContinue) return true
    if (script.method === 'CONNECT') return true
    if (script.isOversized || this.#world.isDraining) return true
    return maxRequests > 0 && this.#answerCount >= maxRequests
  }

  #violate(text: string): void {
    this.#world.trace.violate(text)
  }
}

function mayBeCut({ script, record }: Exchange): boolean {
  return record.mayBeCut || script.isOversized || script.flaw !== 'none'
}
