import { onTestFinished } from 'vitest'
import { Service } from '../../../src/algorithms/service/service.ts'
import type { Outcome } from '../../../src/algorithms/service/outcome.ts'
import type { ServiceOptions } from '../../../src/algorithms/service/service-options.ts'
import type { Target } from '../../../src/algorithms/service/target.ts'
import type { ForwardOptions } from '../../../src/filters/forward.ts'
import { requestText } from '../wire/http-text.ts'
import type { WireEnd } from '../wire/wire-end.ts'
import { WireProxy } from '../wire/wire-proxy.ts'

/** The ports of the targets, in the order in which round robin gives them. */
export const PORTS = [9001, 9002, 9003] as const

/** A service that writes down what it is told of each try: `9001 200`, `9002 connect-failed`. */
export class RecordedService extends Service {
  readonly outcomes: string[] = []
  readonly latenciesMs: number[] = []

  override end(target: Target, outcome: Outcome): void {
    const kind = outcome.kind === 'answered' ? outcome.status : outcome.kind
    this.outcomes.push(`${target.address.split(':')[1]} ${kind}`)
    this.latenciesMs.push(outcome.latencyMs)
    super.end(target, outcome)
  }
}

export interface ForwardProxyOptions extends Partial<ServiceOptions> {
  /** @default false */
  readonly hasOnlyStreams?: boolean
  /** Which of the ports have a listener. @default all */
  readonly listening?: readonly number[]
  /** How many of the ports are targets. @default 3 */
  readonly targetCount?: number
  readonly forward?: ForwardOptions
}

/** demuxHTTP → forward, with a service of up to three targets, whose upstreams do what the test says. */
export class ForwardProxy {
  readonly service: RecordedService
  readonly wire: WireProxy
  /** The port of what `heard` gave last. */
  lastHeard = 0

  static async start(given: ForwardProxyOptions = {}): Promise<ForwardProxy> {
    const { hasOnlyStreams = false, listening = PORTS, targetCount = 3, forward, ...options } = given
    const service = new RecordedService({
      name: 'api',
      balancer: 'round-robin',
      targets: PORTS.slice(0, targetCount).map((port) => `127.0.0.1:${port}`),
      ...options,
    })
    const wire = await WireProxy.start((p) => p.demuxHTTP((r) => r.forward(service, forward)), { hasOnlyStreams })
    for (const port of listening) await wire.listen(port)
    onTestFinished(() => wire.close())
    return new ForwardProxy(service, wire)
  }

  private constructor(service: RecordedService, wire: WireProxy) {
    this.service = service
    this.wire = wire
  }

  /** The target at a port. */
  target(port: number): Target {
    return this.service.targets.find(({ address }) => address.endsWith(`:${port}`)) as Target
  }

  /** Sends a request on a connection of its own. */
  send(line: string, more: { headers?: string; body?: string } = {}): Promise<WireEnd> {
    return this.wire.send(requestText(line, more))
  }

  /** The last connection that a target has accepted. */
  at(port: number): WireEnd {
    return this.wire.upstream(this.wire.accepted(port).length - 1, port)
  }

  /** How many connections each of the targets has accepted. */
  get accepted(): number[] {
    return PORTS.map((port) => this.wire.accepted(port).length)
  }

  /** The start lines that the targets have heard since the last time, with their ports: `9001 GET /`. */
  heard(): string[] {
    const lines = PORTS.flatMap((port) =>
      this.wire
        .accepted(port)
        .flatMap((end) => [...end.take().matchAll(/^(\S+ \S+) HTTP\/1\.1\r$/gm)].map(([, line]) => `${port} ${line}`)),
    )
    const [port] = lines.at(-1)?.split(' ') ?? []
    if (port !== undefined) this.lastHeard = Number(port)
    return lines
  }

  /** An upstream says something, and everything happens that follows. */
  async says(port: number, text: string): Promise<void> {
    this.at(port).write(text)
    await this.wire.settle()
  }

  /** An upstream resets its connection. */
  async resets(port: number): Promise<void> {
    this.at(port).abort()
    await this.wire.settle()
  }

  settle(): Promise<void> {
    return this.wire.settle()
  }

  advance(timeMs: number): Promise<void> {
    return this.wire.transport.advance(timeMs)
  }
}
