import type { ActReport } from '../act-report.ts'
import type { FailoverWorld } from '../failover-world.ts'
import { playAct } from '../play-act.ts'
import type { StickyBy } from '../sticky-worlds.ts'

/** Clients that stay with one target each, more of them than there are targets. */
const CLIENTS = 40
/** With cookies a client comes back over a new connection after so many requests. */
const REQUESTS_PER_CONNECTION = 10

/**
 * Kills one upstream among clients that stick, later starts it again, and lets the load go on.
 * @param by how the proxy sticks
 * @param seconds how long the load goes on at least
 */
export async function keepClients(world: FailoverWorld, by: StickyBy, seconds = 0): Promise<ActReport> {
  const keepsCookies = by === 'cookie'
  const requestsPerConnection = keepsCookies ? REQUESTS_PER_CONNECTION : 0
  const options = { clients: CLIENTS, keepsCookies, requestsPerConnection }
  return await playAct(world, `sticky by ${by}: kill -9 of one`, { ...options, seconds }, async ({ undergo, load }) => {
    await load.pass(CLIENTS * REQUESTS_PER_CONNECTION)
    const upstream = world.upstream(6)
    await undergo(
      upstream,
      () => upstream.kill(),
      () => upstream.restart(),
      // Who has found another one does not come back: only new clients do.
      () => load.add(CLIENTS),
    )
    await load.pass(CLIENTS * REQUESTS_PER_CONNECTION)
  })
}
