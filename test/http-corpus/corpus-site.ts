import { afterAll, beforeAll, expect } from 'vitest'
import { type HeadHandling, PoolProxy } from './pool-proxy.ts'
import { RawUpstream } from './raw-upstream.ts'
import type { Surroundings } from './run-request-case.ts'
import { type Segmentation, segmentationsOf } from './segmentations.ts'

interface SentCase {
  readonly bytes: string
  readonly source: string
}

/** Runs one case in one way. */
type RunCase<C> = (surroundings: Surroundings, given: C, segmentation: Segmentation) => Promise<void>

/** Proxies and an upstream for all tests of a file. */
export interface CorpusSite {
  /** Runs a case in each segmentation, and at once also where callbacks handle heads in each way. */
  runEachWay<C extends SentCase>(given: C, runCase: RunCase<C>): Promise<void>
}

/** Starts a site before the tests of a file, and closes it behind them: nothing that it logged may be an error. */
export function useCorpusSite(): CorpusSite {
  let upstream: RawUpstream
  const proxies = new Map<HeadHandling, PoolProxy>()

  beforeAll(async () => {
    upstream = await RawUpstream.start()
    for (const heads of ['untouched', 'read', 'changed'] as const) {
      proxies.set(heads, await PoolProxy.start(upstream.address, heads))
    }
  })

  afterAll(async () => {
    for (const proxy of proxies.values()) await proxy.close()
    await upstream.close()
    expect([...proxies.values()].flatMap(({ log }) => log.messages('error'))).toEqual([])
  })

  return {
    async runEachWay(given, runCase) {
      const [atOnce, ...others] = segmentationsOf(given.bytes) as [Segmentation, ...Segmentation[]]
      const ways = [
        ...[...proxies.keys()].map((heads) => [heads, atOnce] as const),
        ...others.map((segmentation) => ['read', segmentation] as const),
      ]
      for (const [heads, segmentation] of ways) {
        try {
          await runCase({ upstream, proxy: proxies.get(heads) as PoolProxy }, given, segmentation)
        } catch (error) {
          const way = `sent ${segmentation.name}, heads ${heads}`
          throw new Error(`Cannot pass ${given.source}, ${way}: ${(error as Error).message}`, { cause: error })
        }
      }
    },
  }
}
