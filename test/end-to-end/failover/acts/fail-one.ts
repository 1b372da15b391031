import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/**
 * One upstream answers 500 for a while; its health check stays good.
 * @param seconds how long the load goes on at least
 */
export async function failOne(world: FailoverWorld, seconds = 0): Promise<ActReport> {
  return await playAct(world, 'one answers 500', { methods: ALL_METHODS, seconds }, async ({ undergo }) => {
    const upstream = world.upstream(5)
    await undergo(
      upstream,
      () => upstream.fail(),
      () => upstream.recover(),
    )
  })
}
