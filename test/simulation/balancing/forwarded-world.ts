import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import { Service } from '../../../src/algorithms/service/service.ts'
import { answerText, requestText } from '../../filters/wire/http-text.ts'
import type { WireEnd } from '../../filters/wire/wire-end.ts'
import { WireProxy } from '../../filters/wire/wire-proxy.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { EventQueue, SimulatedEvent } from './event-queue.ts'
import { Ledger } from './ledger.ts'
import type { Stage } from './scenario.ts'
import { MEAN_MS, SimulatedTarget, WORKERS } from './simulated-target.ts'

const FIRST_PORT = 9001
/** How far the clocks of the connections and of the targets may be apart. */
const STEP_MS = 1
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export interface ForwardedWorldOptions {
  readonly seed: number
  readonly targets: number
  readonly requests: number
  readonly load: number
  readonly service: Omit<ServiceOptions, 'targets'>
}

/**
 * The same targets and users as a World has, with a whole proxy between them: requests and answers are HTTP on connections
 * in memory, and the filter `forward` does what it does.
 */
export class ForwardedWorld implements Stage {
  readonly events = new EventQueue()
  readonly ledger = new Ledger()
  readonly servers: readonly SimulatedTarget[]
  readonly service: Service
  /** Answers that were not those of their request. */
  wrongAnswers = 0
  readonly #requests: number
  readonly #meanGapMs: number
  readonly #random: () => number
  #wire: WireProxy | undefined

  constructor({ seed, targets, requests, load, service }: ForwardedWorldOptions) {
    this.#random = seededRandom(seed)
    this.#requests = requests
    this.#meanGapMs = MEAN_MS / (WORKERS * targets * load)
    this.servers = Array.from({ length: targets }, (_, i) => {
      return new SimulatedTarget(`127.0.0.1:${FIRST_PORT + i}`, this.events, seededRandom(seed + 1 + i))
    })
    this.service = new Service({ ...service, targets: this.servers.map(({ address }) => address) })
  }

  at(share: number, action: () => void): void {
    this.events.add(action, share * this.#requests * this.#meanGapMs)
  }

  /** Lets all requests come, and waits until each has had its end. */
  async run(): Promise<void> {
    const wire = await WireProxy.start((p) => p.demuxHTTP((r) => r.forward(this.service)), { hasOnlyStreams: false })
    this.#wire = wire
    for (const [i, server] of this.servers.entries()) {
      await wire.listen(FIRST_PORT + i, (end) => serve(end, server))
    }
    let left = this.#requests
    const arrival = new SimulatedEvent(() => {
      this.#request(wire, left)
      if (--left > 0) this.events.set(arrival, this.#nextGapMs())
    })
    this.events.set(arrival, this.#nextGapMs())
    const { ledger } = this
    while (left > 0 || ledger.answered + ledger.errors < ledger.requests) {
      await this.events.run(wire.transport.now())
      await wire.transport.advance(STEP_MS)
    }
  }

  /** What the proxy has logged as errors. */
  get loggedErrors(): readonly string[] {
    return this.#wire?.log.messages('error') ?? []
  }

  #request(wire: WireProxy, number: number): void {
    const cameMs = this.events.nowMs
    this.ledger.came(cameMs)
    const client = wire.connect().write(requestText(`GET /${number}`))
    let text = ''
    client.onText = (more) => {
      text += more
      const [, status, length, body = ''] =
        /^HTTP\/1\.1 (\d+)[\s\S]*?Content-Length: (\d+)[\s\S]*?\r\n\r\n([\s\S]*)$/i.exec(text) ?? []
      if (length === undefined || body.length < Number(length)) return
      client.onText = undefined
      client.close()
      if (status !== '200') return this.ledger.failed(true)
      if (body !== `/${number}`) this.wrongAnswers++
      this.ledger.succeeded(cameMs, this.events.nowMs)
    }
  }

  #nextGapMs(): number {
    return -Math.log(1 - this.#random()) * this.#meanGapMs
  }
}

/** Gives what comes over a connection to a target, and its answers back. Answers repeat the path of their request. */
function serve(end: WireEnd, server: SimulatedTarget): void {
  let text = ''
  end.onText = (more) => {
    text += more
    for (
      let head = /^\S+ (\S+) [\s\S]*?\r\n\r\n/.exec(text);
      head !== null;
      head = /^\S+ (\S+) [\s\S]*?\r\n\r\n/.exec(text)
    ) {
      text = text.slice(head[0].length)
      const [, path = ''] = head
      server.receive({
        answered: (status) => void end.write(answerText(path, { status: `${status} ${REASONS[status] ?? ''}` })),
        refused: () => end.abort(),
        reset: () => end.abort(),
      })
    }
  }
}
