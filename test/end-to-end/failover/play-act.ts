import type { algo } from 'sluice'
import type { ActReport, Fault } from './act-report.ts'
import { clockMs } from './clock.ts'
import type { FailoverWorld } from './failover-world.ts'
import { Load, type LoadOptions } from './load.ts'
import type { UpstreamProcess } from './upstream-process.ts'

/** Requests before, during and behind each fault. */
const PASSED_REQUESTS = 200

/** What an act can do while the load goes on. */
export interface Stage {
  readonly world: FailoverWorld
  readonly load: Load
  /** What was done so far. */
  readonly faults: Fault[]
  /**
   * Does something to an upstream and waits until the proxy has noticed; then, after some load, makes it well again and
   * waits until it takes its share.
   * @param onReturned called when the proxy holds it for healthy again
   */
  undergo(
    upstream: UpstreamProcess,
    hurt: () => Promise<void> | void,
    heal: () => Promise<void> | void,
    onReturned?: () => void,
  ): Promise<void>
  /** Does something to an upstream after which it is well again at once, and waits until it takes its share. */
  restart(upstream: UpstreamProcess, change: () => Promise<void>): Promise<void>
}

/**
 * Lets load run, plays an act under it, and counts what became of each request.
 * @param options of the load; it goes on for `seconds` at least
 */
export async function playAct(
  world: FailoverWorld,
  name: string,
  { seconds, ...options }: Omit<LoadOptions, 'port'> & { readonly seconds: number },
  play: (stage: Stage) => Promise<void>,
): Promise<ActReport> {
  const before = await readStatistics(world)
  for (const { posts } of world.upstreams.all) posts.length = 0
  const load = new Load({ ...options, port: world.port })
  const faults: Fault[] = []
  const startMs = clockMs()
  try {
    await load.pass(PASSED_REQUESTS)
    await play(createStage(world, load, faults))
    await load.pass(PASSED_REQUESTS)
    const endMs = startMs + 1000 * seconds
    if (clockMs() < endMs) await load.until(`${seconds} s are over`, ({ endedMs }) => endedMs >= endMs)
  } finally {
    await load.stop()
  }
  const { records } = load
  const posts = world.upstreams.all.flatMap((upstream) => upstream.posts)
  const after = await readStatistics(world)
  return {
    name,
    records,
    faults,
    lost: records.filter(({ method, result }) => method !== 'POST' && result !== 'answered'),
    mixed: records.filter(({ result }) => result === 'mixed'),
    failedPosts: records.filter(({ method, result }) => method === 'POST' && result !== 'answered'),
    repeatedPosts: posts.filter((path, i) => posts.indexOf(path) !== i),
    // Of several processes any one may have answered.
    retries:
      before === undefined || after === undefined || world.workers > 1 ? undefined : after.retries - before.retries,
    statistics: after,
  }
}

function createStage(world: FailoverWorld, load: Load, faults: Fault[]): Stage {
  const { states, hasService } = world
  const waitForReturn = async (
    fault: Omit<Fault, 'returnedMs' | 'loadedMs'>,
    onReturned?: () => void,
  ): Promise<void> => {
    const { address } = fault
    const returnedMs = hasService ? await states.returned(address) : clockMs()
    onReturned?.()
    faults.push({ ...fault, returnedMs, loadedMs: await load.reached(address) })
  }
  return {
    world,
    load,
    faults,
    undergo: async (upstream, hurt, heal, onReturned) => {
      const { address } = upstream
      const faultMs = clockMs()
      await hurt()
      const leftMs = hasService ? await states.left(address, faultMs) : undefined
      await load.pass(PASSED_REQUESTS)
      await heal()
      await waitForReturn({ address, faultMs, leftMs, wellMs: clockMs() }, onReturned)
    },
    restart: async (upstream, change) => {
      const { address } = upstream
      const faultMs = clockMs()
      await change()
      await waitForReturn({ address, faultMs, leftMs: undefined, wellMs: clockMs() })
    },
  }
}

async function readStatistics(world: FailoverWorld): Promise<algo.ServiceStatistics | undefined> {
  return world.hasService ? await world.statistics() : undefined
}
