import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/**
 * Stops one upstream where it stands: its system still takes connections and requests. Later it goes on.
 * @param seconds how long the load goes on at least
 */
export async function haltOne(world: FailoverWorld, seconds = 0): Promise<ActReport> {
  return await playAct(
    world,
    'SIGSTOP of one, then SIGCONT',
    { methods: ALL_METHODS, seconds },
    async ({ undergo }) => {
      const upstream = world.upstream(4)
      await undergo(
        upstream,
        () => upstream.halt(),
        () => upstream.proceed(),
      )
    },
  )
}
