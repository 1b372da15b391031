import { ProxyServer, type Log } from 'sluice'
import { http1 } from '../../src/http/http1.ts'
import { MemoryTransport } from '../support/memory-transport.ts'
import { seededRandom } from '../support/seeded-random.ts'
import type { FaultKind } from './fault-kinds.ts'
import { Ledger, type RequestRecord } from './ledger.ts'
import { describeProxy, drawProxyShape, PLANNED_FAILURE } from './proxy-shape.ts'
import { ProxyTransport } from './proxy-transport.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedClient } from './simulated-client.ts'
import { SimulatedUpstream } from './simulated-upstream.ts'
import { Trace } from './trace.ts'
import { TunnelTarget } from './tunnel-target.ts'
import { WatchedPool } from './watched-pool.ts'
import { World } from './world.ts'

const PROXY_PORT = 8000
const UPSTREAM_PORTS = [8080, 8081] as const
const LISTEN_OPTIONS = { keepAlive: true, noDelay: true, onError: () => undefined }
const MAX_STEPS = 200_000
/** Turns of the microtask queue in which every promise that can settle without time has settled. */
const QUIET_TURNS = 40
/** Streams take a few turns for each thing that happens. */
const QUIET_STREAM_TURNS = 200
/** Longer than every time-out there is. */
const LONGEST_WAIT_MS = 900_000
/** In this time a proxy that nobody uses any more lets everything go. */
const REST_MS = 250_000

/** A full connection, an answer that had to wait for its turn, and a body whose length had to be counted. */
const MAX_BACKLOG_BYTES = 64 * 1024 + 256 * 1024 + 64 * 1024

/** What one seed came to. */
export interface SimulationResult {
  readonly requests: number
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly trace: readonly string[]
  /** Empty when every promise was kept. */
  readonly violations: readonly string[]
}

/**
 * Runs one world from a seed: a proxy, two upstreams and some clients, on connections in memory, with faults, and with
 * everything that can happen next happening in an order drawn by chance.
 */
export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed)
  return simulation.run()
}

class Simulation {
  readonly #scheduler: Scheduler
  readonly #transport: MemoryTransport
  readonly #proxyTransport: ProxyTransport
  readonly #trace: Trace
  readonly #ledger: Ledger
  readonly #world: World
  readonly #pool: WatchedPool
  readonly #server: ProxyServer
  readonly #isReadWhole: boolean
  readonly #shape: ReturnType<typeof drawProxyShape>
  readonly #clients: SimulatedClient[] = []
  readonly #clientCount: number
  #steps = 0
  #isStopped = false
  #nextTunnelPort = 20_000

  constructor(seed: number) {
    const random = seededRandom(seed)
    this.#scheduler = new Scheduler(random)
    const splitsReads = random() < 0.4
    const maxReadBytes = random() < 0.2 ? 200 : 16_384
    const highWaterBytes = random() < 0.4 ? 1_000 : 65_536
    this.#isReadWhole = !splitsReads && maxReadBytes > 200
    this.#transport = new MemoryTransport({
      seed,
      splitsReads,
      maxReadBytes,
      highWaterBytes,
      schedule: (action) => this.#scheduler.add(action),
    })
    this.#trace = new Trace(() => this.#transport.now())
    this.#ledger = new Ledger(this.#trace)
    this.#world = new World(this.#transport, random, this.#trace, this.#ledger)
    this.#world.hasLongBodies = this.#isReadWhole
    if (!this.#isReadWhole) this.#world.count('tiny reads')
    if (highWaterBytes < 65_536) this.#world.count('early full buffers')
    this.#pool = new WatchedPool(this.#trace)
    this.#shape = drawProxyShape(this.#world)
    this.#trace.note(`the proxy: ${JSON.stringify(this.#shape)}`)
    this.#proxyTransport = new ProxyTransport(this.#transport, this.#shape, this.#world)
    const definition = describeProxy(
      PROXY_PORT,
      this.#shape,
      this.#pool,
      (record) => this.#listenForTunnel(record),
      this.#world,
    )
    this.#server = new ProxyServer(definition, { transport: this.#proxyTransport, log: this.#createLog(), http1 })
    this.#clientCount = 1 + this.#world.below(5)
  }

  async run(): Promise<SimulationResult> {
    await this.#startUpstreams()
    await this.#server.start()
    for (let i = 1; i <= this.#clientCount; i++) {
      const open = (): void => {
        this.#clients.push(new SimulatedClient(`c${i}`, PROXY_PORT, this.#shape, this.#world))
      }
      this.#transport.setTimer(open, this.#world.below(20_000, 3))
    }
    const isDrained = this.#world.fault('drains', 0.5)
    if (isDrained) this.#world.later(() => void this.#drain(), this.#world.below(25_000, 2))
    await this.#go(() => this.#clients.length === this.#clientCount && this.#clients.every((client) => client.isOver))
    for (const client of this.#clients) client.check()
    await this.#rest()
    if (!isDrained) void this.#drain()
    await this.#go(() => this.#isStopped)
    if (!this.#isStopped) this.#trace.violate('the proxy does not stop')
    await this.#go(() => true)
    this.#checkEnd('after the proxy has stopped')
    const { lines, violations } = this.#trace
    return { requests: this.#ledger.count, faults: this.#world.counts, trace: lines, violations }
  }

  async #startUpstreams(): Promise<void> {
    let last = 0
    for (const port of UPSTREAM_PORTS) {
      await this.#transport.listen({ host: '127.0.0.1', port }, LISTEN_OPTIONS, (connection) => {
        const name = `upstream connection ${++last}`
        new SimulatedUpstream(connection, name, this.#shape, this.#isReadWhole, this.#world)
      })
    }
  }

  /** @returns the port of a target of its own for a tunnel */
  #listenForTunnel(record: RequestRecord): number {
    const port = this.#nextTunnelPort++
    void this.#transport.listen({ host: '127.0.0.1', port }, LISTEN_OPTIONS, (connection) => {
      this.#world.count('tunnels')
      new TunnelTarget(connection, record, this.#world)
    })
    return port
  }

  /** Everybody is gone: whatever the proxy has opened or set for them goes as well, without anybody stopping it. */
  async #rest(): Promise<void> {
    const end = this.#transport.now() + REST_MS
    await this.#go(() => this.#transport.now() >= end, end)
    this.#checkEnd('when nobody has used the proxy for long')
  }

  async #drain(): Promise<void> {
    const { transport } = this.#world
    this.#world.drainTimeoutMs = 1_000 + this.#world.below(20_000)
    this.#world.drainedSinceMs = transport.now()
    this.#trace.note(`the proxy is stopped, within ${this.#world.drainTimeoutMs} ms`)
    if (this.#world.fault('stops at once', 0.3))
      this.#world.later(() => void this.#stop(), this.#world.below(10_000, 2))
    await this.#server.drain(this.#world.drainTimeoutMs)
    this.#trace.note('the proxy has stopped')
    this.#isStopped = true
  }

  /** As a second signal does. */
  async #stop(): Promise<void> {
    if (this.#isStopped) return
    this.#trace.note('the proxy is stopped at once')
    this.#world.drainTimeoutMs = Math.min(
      this.#world.drainTimeoutMs,
      this.#transport.now() - this.#world.drainedSinceMs,
    )
    await this.#server.close()
  }

  /** Lets things happen, and time pass when nothing else is left, until it is over. */
  async #go(isOver: () => boolean, untilMs: number = LONGEST_WAIT_MS): Promise<void> {
    const quietTurns = this.#shape.hasOnlyStreams ? QUIET_STREAM_TURNS : QUIET_TURNS
    while (this.#steps++ < MAX_STEPS) {
      if (!this.#scheduler.isEmpty) {
        this.#scheduler.step()
        await Promise.resolve()
        continue
      }
      for (let i = 0; i < quietTurns && this.#scheduler.isEmpty; i++) await Promise.resolve()
      if (!this.#scheduler.isEmpty) continue
      if (this.#world.chance(0.1)) this.#checkPauses()
      this.#checkBacklog()
      if (isOver()) return
      if (!this.#transport.fireNextTimer(untilMs)) return
    }
    this.#trace.violate(`nothing is over after ${MAX_STEPS} steps`)
  }

  /** Whoever reads slowly is not sent more than the connection takes, and what waited for its turn. */
  #checkBacklog(): void {
    for (const { client, server } of this.#transport.pairs) {
      const end = client.info.remotePort === PROXY_PORT ? client : server
      if (end.unreadBytes <= MAX_BACKLOG_BYTES) continue
      this.#trace.violate(`${end.unreadBytes} bytes wait for one that does not read, at port ${end.info.localPort}`)
    }
  }

  /** Nothing is about to happen: connections that serve nobody are being read, or nobody would ever see them end. */
  #checkPauses(): void {
    const { pairs } = this.#transport
    let isAllQuiet = !this.#shape.hasOnlyStreams
    for (const client of this.#clients) {
      const pair = pairs.find((each) => each.client === client.connection)
      if (pair === undefined) continue
      if (client.isQuiet && pair.server.isPaused) this.#trace.violate(`nobody reads the connection of ${client.name}`)
      isAllQuiet &&= client.isQuiet || pair.server.isClosed
    }
    if (!isAllQuiet) return
    for (const { client } of pairs) {
      const isIdle = client.info.remotePort !== PROXY_PORT && !client.isClosed
      if (isIdle && client.isPaused)
        this.#trace.violate(`nobody reads an idle connection to port ${client.info.remotePort}`)
    }
  }

  /** Nothing may be left of it. */
  #checkEnd(when: string): void {
    const { connectionCount } = this.#server
    const { timerCount } = this.#proxyTransport
    if (this.#pool.heldCount > 0) this.#trace.violate(`${this.#pool.heldCount} resources are not freed ${when}`)
    if (connectionCount > 0) this.#trace.violate(`${connectionCount} client connections are left ${when}`)
    if (timerCount > 0) this.#trace.violate(`${timerCount} timers are left ${when}`)
    const open = this.#transport.pairs.filter(({ client, server }) =>
      client.info.remotePort === PROXY_PORT ? !server.isClosed : !client.isClosed,
    )
    for (const { client } of open) {
      const { localPort, remotePort } = client.info
      this.#trace.violate(`the connection from port ${localPort} to port ${remotePort} is left open ${when}`)
    }
  }

  #createLog(): Log {
    const trace = this.#trace
    return {
      error: (message) => {
        if (message.includes(PLANNED_FAILURE)) trace.note(`proxy: ${message}`)
        else trace.violate(`the proxy says: ${message}`)
      },
      warn: (message) => {
        trace.note(`proxy: ${message}`)
        // A connect that is to be tried again is not seen from here.
        const isTimedOut = message.startsWith('Answering 503: Cannot wait longer') && !this.#ledger.isAnybodyToBlame
        if (isTimedOut && this.#shape.key === 'target' && !this.#proxyTransport.isAnyTargetFull)
          trace.violate('a request waits for a connection although there may be another one')
      },
      info: (message) => trace.note(`proxy: ${message}`),
      debug: () => undefined,
    }
  }
}
