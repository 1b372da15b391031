import type { HealthCheck } from '../../algorithms/service/health-check.ts'
import { ProxyError } from '../../errors.ts'
import { type Data, type Event, MessageEnd, MessageStart } from '../../events.ts'
import type { HttpCodec, MessageReader, MessageWriter } from '../../http-codec.ts'
import { EventReader } from '../../http/event-reader.ts'
import { EventWriter } from '../../http/event-writer.ts'
import { MessageHead } from '../../http/message-head.ts'
import type { ConnectionHandler, DirectConnection } from '../../transport.ts'

/** Of an answer so much is read; a longer one is cut, and its status counts all the same. */
const MAX_BODY_BYTES = 64 * 1024

export interface HttpProbeOptions {
  /** What to ask for, and what to expect. */
  readonly check: Extract<HealthCheck, { type: 'http' }>
  /** The Host of the request. */
  readonly host: string
  /** Undefined when the connection passes messages as events. */
  readonly http1: HttpCodec | undefined
  /** A connection that nobody has attached to. */
  readonly direct: DirectConnection
  /** The answer is as expected. Either of the two may be called more than once; the first call counts. */
  succeed(): void
  /** It is not, or there is none. */
  fail(error: ProxyError): void
}

/** Sends one request over a connection, and looks at its answer. */
export class HttpProbe implements ConnectionHandler {
  readonly #options: HttpProbeOptions
  readonly #writer: MessageWriter
  readonly #reader: MessageReader
  #bodyBytes = 0
  #hasAnswer = false

  constructor(options: HttpProbeOptions) {
    const { direct, http1, check, host } = options
    this.#options = options
    const output = { process: (event: Event) => this.#send(event) }
    const answers = { process: (event: Event) => this.#take(event) }
    this.#writer = http1 === undefined ? new EventWriter(true, output) : http1.write(true, output)
    this.#reader = http1 === undefined ? new EventReader(false, answers) : http1.read({ isRequest: false }, answers)
    this.#reader.requestMethod = check.method
    direct.attach(this)
    const headers = { host, 'user-agent': 'sluice-health-check', accept: '*/*' }
    const start = new MessageStart({ method: check.method, path: check.path, headers })
    const error = this.#writer.start(start) ?? this.#writer.end(new MessageEnd())
    if (error !== undefined) options.fail(error)
  }

  onData(data: Data): void {
    try {
      this.#reader.decode(data)
    } catch (error) {
      this.#options.fail(ProxyError.from(error, 'CONNECTION_CLOSED', 'Cannot read its answer'))
    }
  }

  onMessage(event: MessageStart | MessageEnd): void {
    ;(this.#reader as EventReader).take(event)
  }

  onEnd(): void {
    const error = this.#reader.end()
    if (error !== undefined) this.#options.fail(error)
    else this.#close()
  }

  onDrain(): void {}

  onClose(error?: ProxyError): void {
    if (error === undefined) this.#close()
    else this.#options.fail(error)
  }

  #send(event: Event): void {
    const { direct } = this.#options
    if (event.type === 'Data') direct.write(event)
    else if (event.type !== 'StreamEnd') direct.message?.(event)
  }

  #take(event: Event): void {
    if (event.type === 'MessageStart') return this.#judge(event)
    if (event.type === 'Data') this.#bodyBytes += event.size
    const isOver = event.type === 'MessageEnd' || this.#bodyBytes > MAX_BODY_BYTES
    if (this.#hasAnswer && isOver) this.#options.succeed()
  }

  #judge(event: MessageStart): void {
    const status = event.source instanceof MessageHead ? event.source.status : Number(event.head.status)
    // Interim answers come ahead of the answer (RFC 9110 15.2).
    if (status < 200) return
    const { check } = this.#options
    this.#hasAnswer = check.isExpected(status)
    if (this.#hasAnswer) return
    const text = `it answered ${status}, expected ${check.expected}`
    this.#options.fail(new ProxyError('CONNECTION_CLOSED', text))
  }

  #close(): void {
    this.#options.fail(new ProxyError('CONNECTION_CLOSED', 'Cannot read its answer: it closed the connection'))
  }
}
