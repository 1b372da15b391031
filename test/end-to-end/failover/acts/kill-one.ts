import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/**
 * Kills one upstream; later it is started again.
 * @param seconds how long the load goes on at least
 */
export async function killOne(world: FailoverWorld, seconds = 0): Promise<ActReport> {
  return await playAct(world, 'kill -9 of one', { methods: ALL_METHODS, seconds }, async ({ undergo }) => {
    const upstream = world.upstream(3)
    await undergo(
      upstream,
      () => upstream.kill(),
      () => upstream.restart(),
    )
  })
}
