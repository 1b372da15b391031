import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/**
 * Starts all upstreams anew, one after the other, each when the one before takes its share again.
 * @param how `finish`: they answer what is under way first; `kill`: by `kill -9`
 * @param seconds how long the load goes on at least
 */
export async function restartAll(world: FailoverWorld, how: 'finish' | 'kill', seconds = 0): Promise<ActReport> {
  const name = how === 'finish' ? 'all restarted in turn' : 'all restarted in turn by kill -9'
  return await playAct(world, name, { methods: ALL_METHODS, seconds }, async ({ restart }) => {
    for (const upstream of world.upstreams.all) {
      await restart(upstream, async () => {
        await upstream[how]()
        await upstream.restart()
      })
    }
  })
}
