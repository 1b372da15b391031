import { algo, Message, pipy, type ProxyServer } from 'sluice'
import type { DemuxHttpOptions } from '../../src/filters/demux-http.ts'
import type { MuxHttpOptions } from '../../src/filters/mux-http.ts'
import type { RequestRecord } from './ledger.ts'
import type { WatchedPool } from './watched-pool.ts'
import type { World } from './world.ts'

/** What callbacks of the simulated proxies throw on purpose. */
export const PLANNED_FAILURE = 'planned failure'

const DEMUX_OPTIONS = [
  'maxPipelinedRequests',
  'maxRequests',
  'maxBodyBytes',
  'headTimeoutMs',
  'bodyTimeoutMs',
  'keepAliveTimeoutMs',
] as const
const MUX_OPTIONS = [
  'maxConnections',
  'maxQueue',
  'queueTimeoutMs',
  'responseTimeoutMs',
  'bodyTimeoutMs',
  'exchangeTimeoutMs',
  'maxIdleMs',
  'resend',
] as const

/** The longest time that a callback takes. */
export const MAX_CALLBACK_MS = 2_000

/** Which requests share upstream connections: those of one resource, of one target, or of one client. */
export type KeyKind = 'resource' | 'target' | 'client'

/** How one world's proxy is configured. */
export interface ProxyShape {
  readonly key: KeyKind
  readonly demux: Required<Pick<DemuxHttpOptions, (typeof DEMUX_OPTIONS)[number]>>
  readonly mux: Required<Pick<MuxHttpOptions, (typeof MUX_OPTIONS)[number]>>
  readonly retryCount: number
  /** Client connections at once; -1 for any number. */
  readonly maxClients: number
  /** The proxy agrees to tunnels itself, instead of leaving that to the upstream. */
  readonly acceptsTunnels: boolean
  /** The transport offers nothing but Web Streams. */
  readonly hasOnlyStreams: boolean
}

/** Draws a configuration. */
export function drawProxyShape(world: World): ProxyShape {
  return {
    key: world.pick(['resource', 'resource', 'target', 'client']),
    demux: {
      maxPipelinedRequests: world.pick([32, 32, 2, 1]),
      maxRequests: world.pick([0, 0, 0, 3]),
      maxBodyBytes: world.pick([0, 0, 30_000]),
      headTimeoutMs: world.pick([60_000, 8_000]),
      bodyTimeoutMs: world.pick([60_000, 8_000]),
      keepAliveTimeoutMs: world.pick([60_000, 60_000, 6_000]),
    },
    mux: {
      maxConnections: world.pick([1, 1, 2, 3]),
      maxQueue: world.pick([1024, 1024, 1]),
      queueTimeoutMs: world.pick([30_000, 4_000]),
      responseTimeoutMs: world.pick([60_000, 15_000]),
      bodyTimeoutMs: world.pick([300_000, 20_000]),
      exchangeTimeoutMs: world.pick([0, 0, 0, 20_000]),
      resend: world.pick(['idempotent', 'idempotent', 'idempotent', 'always', 'never']),
      maxIdleMs: world.pick([10_000, 2_000]),
    },
    retryCount: world.pick([0, 0, 1]),
    maxClients: world.pick([-1, -1, -1, 2]),
    acceptsTunnels: world.chance(0.3),
    hasOnlyStreams: world.chance(0.1),
  }
}

/** The pool of connections of the seed script, or one of its relatives, over two upstreams. */
export function describeProxy(
  port: number,
  shape: ProxyShape,
  pool: WatchedPool,
  listenForTunnel: (record: RequestRecord) => number,
  world: World,
): ConstructorParameters<typeof ProxyServer>[0] {
  const router = new algo.URLRouter({ '/*': '127.0.0.1:8080', '/hi/*': '127.0.0.1:8081' })
  const variables = { target: '', id: '', isTunnel: false, held: undefined as algo.Cache<string, number> | undefined }
  const keyOf = ($: typeof variables): unknown => {
    const key = shape.key === 'resource' ? $.held?.get($.target) : shape.key === 'target' ? $.target : undefined
    return disturb(world, $.id, false)?.then(() => key) ?? key
  }
  const targetOf = ($: typeof variables): string | Promise<string> => {
    const { target } = $
    return disturb(world, $.id, false)?.then(() => target) ?? target
  }
  // The tunnel has been agreed to: a failure cuts it.
  const farTargetOf = ($: typeof variables): string | Promise<string> => {
    const { target } = $
    return disturb(world, $.id, true)?.then(() => target) ?? target
  }
  return pipy(variables)
    .listen(port, { maxConnections: shape.maxClients })
    .handleSessionStart((_, $) => {
      $.held = new algo.Cache<string, number>(
        (target) => pool.allocate(target),
        (_target, id) => pool.free(id),
      )
      return wait(world)
    })
    .handleSessionEnd((_, $) => $.held?.clear())
    .demuxHTTP('request', shape.demux)
    .pipeline('request')
    .handleMessageStart(({ head }, $) => {
      $.id = /(?:[?&]id=|^)(\w+)/.exec(head.path ?? '')?.[1] ?? ''
      $.isTunnel = head.method === 'CONNECT' || head.headers['upgrade'] === 'echo'
      $.target = head.path?.startsWith('/none/') === true ? '' : (router.find(head.headers.host, head.path) ?? '')
      return disturb(world, $.id, false)
    })
    .handleMessageEnd((_, $) => disturb(world, $.id, true))
    .link(
      'tunnel',
      ($) => shape.acceptsTunnels && $.isTunnel,
      'forward',
      ($) => $.target !== '',
      'no-route',
    )
    .pipeline('forward')
    .muxHTTP('connection', keyOf as ($: typeof variables) => string, shape.mux)
    .handleMessageStart((_, $) => disturb(world, $.id, false))
    .handleData((_, $) => disturb(world, $.id, true))
    .handleMessageEnd((_, $) => disturb(world, $.id, true))
    .pipeline('connection')
    .connect(targetOf as ($: typeof variables) => string, { retryCount: shape.retryCount, retryDelayMs: 100 })
    .pipeline('tunnel')
    .acceptHTTPTunnel('far end', ({ head }, $) => {
      const agree = (): Message => {
        const record = world.ledger.get($.id)
        if (record === undefined) return new Message({ status: 404 })
        $.target = `127.0.0.1:${listenForTunnel(record)}`
        return new Message(
          head.method === 'CONNECT'
            ? { status: 200 }
            : { status: 101, headers: { upgrade: 'echo', connection: 'upgrade' } },
        )
      }
      return disturb(world, $.id, false)?.then(agree) ?? agree()
    })
    .pipeline('far end')
    .connect(farTargetOf as ($: typeof variables) => string)
    .pipeline('no-route')
    .replaceMessage(new Message({ status: 404 }, 'No route')) as unknown as ConstructorParameters<typeof ProxyServer>[0]
}

/** A callback that by chance takes its time. */
function wait(world: World, probability = 0.1): Promise<void> | undefined {
  if (!world.fault('callbacks that wait', probability)) return undefined
  if (world.chance(0.5)) return Promise.resolve()
  return new Promise((proceed) => world.later(() => proceed(), world.below(MAX_CALLBACK_MS)))
}

/** A callback that by chance takes its time, throws, or rejects. */
function disturb(world: World, id: string, isInBody: boolean): Promise<void> | undefined {
  const waiting = wait(world, isInBody ? 0.02 : 0.1)
  if (waiting !== undefined) return waiting
  const probability = isInBody ? 0.002 : 0.01
  if (world.fault('callbacks that throw', probability)) throw fail(world, id, isInBody)
  if (world.fault('callbacks that reject', probability)) return Promise.reject(fail(world, id, isInBody))
  return undefined
}

function fail(world: World, id: string, isInBody: boolean): Error {
  const record = world.ledger.get(id)
  if (record !== undefined) {
    record.mayBe500 = true
    record.mayBeCut ||= isInBody
    record.up.isCut = true
    record.down.isCut = true
  }
  world.trace.note(`a callback fails for ${id}`)
  return new Error(PLANNED_FAILURE)
}
