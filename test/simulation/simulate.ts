import { algo, Message, pipy, ProxyServer, type Log } from 'sluice'
import { MemoryTransport } from '../support/memory-transport.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedClient } from './simulated-client.ts'
import { type Arrivals, SimulatedUpstream } from './simulated-upstream.ts'
import { Trace } from './trace.ts'
import { WatchedPool } from './watched-pool.ts'

const PROXY_PORT = 8000
const UPSTREAM_PORTS = [8080, 8081] as const
const LISTEN_OPTIONS = { keepAlive: true, noDelay: true, onError: () => undefined }
const MAX_STEPS = 200_000
/** Longer than every time-out there is. */
const LONGEST_WAIT_MS = 900_000

/** What one seed came to. */
export interface SimulationResult {
  readonly requests: number
  readonly trace: readonly string[]
  /** Empty when every promise was kept. */
  readonly violations: readonly string[]
}

/**
 * Runs one world from a seed: the connection-pool proxy, two upstreams and some clients, on connections in memory, with
 * faults, and with everything that can happen next happening in an order drawn by chance.
 */
export async function simulate(seed: number): Promise<SimulationResult> {
  const random = seededRandom(seed)
  const scheduler = new Scheduler(random)
  const transport = new MemoryTransport({
    seed,
    splitsReads: random() < 0.5,
    maxReadBytes: random() < 0.3 ? 200 : 16_384,
    highWaterBytes: random() < 0.3 ? 1_000 : 65_536,
    schedule: (action) => scheduler.add(action),
  })
  const trace = new Trace(() => transport.now())
  const arrivals: Arrivals = new Map()
  const pool = new WatchedPool(trace)
  const server = new ProxyServer(describeProxy(pool), { transport, log: logTo(trace) })
  for (const port of UPSTREAM_PORTS) {
    await transport.listen({ host: '127.0.0.1', port }, LISTEN_OPTIONS, (connection) => {
      new SimulatedUpstream(connection, { transport, random, trace, arrivals })
    })
  }
  await server.start()

  const clients: SimulatedClient[] = []
  const clientCount = 1 + Math.floor(random() * 5)
  for (let i = 1; i <= clientCount; i++) {
    const open = (): void => {
      clients.push(new SimulatedClient(`c${i}`, PROXY_PORT, transport, random, trace))
    }
    transport.setTimer(open, Math.floor(random() ** 2 * 20_000))
  }

  await run(
    scheduler,
    transport,
    trace,
    () => clients.length === clientCount && clients.every((client) => client.isOver),
  )
  for (const client of clients) client.check()
  await end(server, scheduler, transport, trace)
  if (pool.heldCount > 0) trace.violate(`${pool.heldCount} resources were never freed`)
  return { requests: arrivals.size, trace: trace.lines, violations: trace.violations }
}

function describeProxy(pool: WatchedPool): ConstructorParameters<typeof ProxyServer>[0] {
  const router = new algo.URLRouter({ '/*': '127.0.0.1:8080', '/hi/*': '127.0.0.1:8081' })
  return pipy({ target: '', held: undefined as algo.Cache<string, number> | undefined })
    .listen(PROXY_PORT)
    .handleSessionStart((_, $) => {
      $.held = new algo.Cache<string, number>(
        (target) => pool.allocate(target),
        (_target, id) => pool.free(id),
      )
    })
    .handleSessionEnd((_, $) => $.held?.clear())
    .demuxHTTP('request')
    .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      $.target = router.find(head.headers.host, head.path) ?? ''
    })
    .link('forward', ($) => $.target !== '', 'no-route')
    .pipeline('forward')
    .muxHTTP('connection', ($) => $.held?.get($.target))
    .pipeline('connection')
    .connect(($) => $.target)
    .pipeline('no-route')
    .replaceMessage(new Message({ status: 404 }, 'No route')) as unknown as ConstructorParameters<typeof ProxyServer>[0]
}

function logTo(trace: Trace): Log {
  return {
    error: (message) => trace.violate(`the proxy says: ${message}`),
    warn: (message) => trace.note(`proxy: ${message}`),
    info: (message) => trace.note(`proxy: ${message}`),
    debug: () => undefined,
  }
}

/** Lets things happen, and time pass when nothing else is left, until it is over. */
async function run(
  scheduler: Scheduler,
  transport: MemoryTransport,
  trace: Trace,
  isOver: () => boolean,
): Promise<void> {
  let steps = 0
  while (steps++ < MAX_STEPS) {
    if (!scheduler.isEmpty) scheduler.step()
    else if (isOver()) return
    else if (!transport.fireNextTimer(LONGEST_WAIT_MS)) return
    await Promise.resolve()
  }
  trace.violate(`nothing is over after ${MAX_STEPS} steps`)
}

/** Stops the proxy. Nothing may be left of it. */
async function end(server: ProxyServer, scheduler: Scheduler, transport: MemoryTransport, trace: Trace): Promise<void> {
  let isDrained = false
  const drained = server.drain(10_000).then(() => (isDrained = true))
  await run(scheduler, transport, trace, () => isDrained)
  await drained
  await run(scheduler, transport, trace, () => true)
  if (server.connectionCount > 0) trace.violate(`${server.connectionCount} client connections are left`)
  const open = transport.pairs.filter(({ client, server: peer }) => !client.isClosed && !peer.isClosed)
  if (open.length > 0) trace.violate(`${open.length} connections are left open`)
}
