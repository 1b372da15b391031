import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/** So many requests come before, that the budget of retries holds a fifth of them. */
const REQUESTS_BEFORE = 1000

/**
 * At the same time one upstream is killed, another one stands still, and a third one answers 500.
 * @param seconds how long the load goes on at least
 */
export async function hurtThree(world: FailoverWorld, seconds = 0): Promise<ActReport> {
  const [killed, halted, failing] = [world.upstream(0), world.upstream(1), world.upstream(2)]
  const options = { methods: ALL_METHODS, seconds }
  return await playAct(world, 'all three at the same time', options, async ({ undergo, load }) => {
    await load.pass(REQUESTS_BEFORE)
    await Promise.all([
      undergo(
        killed,
        () => killed.kill(),
        () => killed.restart(),
      ),
      undergo(
        halted,
        () => halted.halt(),
        () => halted.proceed(),
      ),
      undergo(
        failing,
        () => failing.fail(),
        () => failing.recover(),
      ),
    ])
  })
}
