import type { Log } from '../engine/log.ts'
import type { ProxyServer } from '../engine/proxy-server.ts'
import { describeThrown } from './describe-thrown.ts'

/**
 * Stops a proxy in good order: it takes what the system has accepted for it and then nothing more, answers each request
 * that it has begun to read, with `Connection: close`, and closes connections that nothing is owed to.
 *
 * A WebSocket or another tunnel has no end that the proxy could see coming. As nginx (`worker_shutdown_timeout`) and
 * HAProxy (`hard-stop-after`) do, it is left alone until one of its sides ends it or the time is over; then it is cut, and
 * the exit code is 0 all the same: that is the order it was given.
 * @param drainTimeoutMs what is still open after it is closed
 * @returns the exit code
 */
export async function stopServer<V>(server: ProxyServer<V>, log: Log, drainTimeoutMs: number): Promise<0 | 1> {
  try {
    await server.drain(drainTimeoutMs)
    return 0
  } catch (error) {
    // A filter of the user's own, say. Whatever it is, the process was told to stop.
    log.error(`Cannot stop in good order: ${describeThrown(error)}`, error)
    return 1
  }
}
