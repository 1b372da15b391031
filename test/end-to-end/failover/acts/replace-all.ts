import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { clockMs } from '../clock.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/**
 * Takes each upstream out of the service before it is started anew, and puts it in again behind that: what is under way
 * is over by then, so that nothing has to be sent again.
 * @param seconds how long the load goes on at least
 * @param count how many of them, for those who have less time
 */
export async function replaceAll(world: FailoverWorld, seconds = 0, count = 10): Promise<ActReport> {
  const addresses = world.upstreams.addresses
  return await playAct(
    world,
    'all taken out, restarted, put in',
    { methods: ALL_METHODS, seconds },
    async ({ restart }) => {
      for (const upstream of world.upstreams.all.slice(0, count)) {
        await restart(upstream, async () => {
          const sinceMs = clockMs()
          await world.setTargets(addresses.filter((address) => address !== upstream.address))
          await world.states.removed(upstream.address, sinceMs)
          await upstream.kill()
          await upstream.restart()
          await world.setTargets(addresses)
        })
      }
    },
  )
}
