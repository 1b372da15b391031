import type { ActReport, Fault } from '../act-report.ts'
import { clockMs } from '../clock.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { ALL_METHODS } from '../load.ts'
import { playAct } from '../play-act.ts'

/** Requests that get the proxy's own answer before the upstreams come back. */
const FAILED_REQUESTS = 500

/**
 * Kills all upstreams at once. The proxy can only say so, without delay, and without sending everything several times; when
 * they are started again, all take load again.
 * @param seconds how long the load goes on at least
 */
export async function killAll(world: FailoverWorld, seconds = 0): Promise<ActReport> {
  const { all } = world.upstreams
  return await playAct(world, 'kill -9 of all', { methods: ALL_METHODS, seconds }, async ({ load, faults }) => {
    const faultMs = clockMs()
    await Promise.all(all.map((upstream) => upstream.kill()))
    let failed = 0
    await load.until(`${FAILED_REQUESTS} requests fail`, ({ result }) => {
      if (result === 'lost') failed++
      return failed >= FAILED_REQUESTS
    })
    await Promise.all(
      all.map(async (upstream) => {
        const { address } = upstream
        const leftMs = await world.states.left(address, faultMs)
        await upstream.restart()
        const wellMs = clockMs()
        const returnedMs = await world.states.returned(address)
        const loadedMs = await load.reached(address)
        faults.push({ address, faultMs, leftMs, wellMs, returnedMs, loadedMs } satisfies Fault)
      }),
    )
  })
}
