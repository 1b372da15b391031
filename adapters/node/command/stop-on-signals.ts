import type { Log } from '../../../src/engine/log.ts'
import type { ProxyServer } from '../../../src/engine/proxy-server.ts'
import { describeThrown } from './describe-thrown.ts'

/** What `kill` and Ctrl+C send, by number: a process that ends by one exits with 128 and it. */
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const

type SignalName = keyof typeof SIGNALS

/**
 * Stops the process in good order when it is told to. On the first SIGTERM or SIGINT it takes what the system has
 * accepted for it and then nothing more, answers each request that it has begun to read, with `Connection: close`, closes
 * connections that nothing is owed to, and exits with 0. On the second one it exits at once, with 128 and the signal's
 * number.
 *
 * A WebSocket or another tunnel has no end that the proxy could see coming. As nginx (`worker_shutdown_timeout`) and
 * HAProxy (`hard-stop-after`) do, it is left alone until one of its sides ends it or the time is over; then it is cut, and
 * the exit code is 0 all the same: that is the order it was given.
 * @param drainTimeoutMs what is still open after it is closed
 */
export function stopOnSignals<V>(server: ProxyServer<V>, log: Log, drainTimeoutMs: number): void {
  let isStopping = false
  for (const name of Object.keys(SIGNALS) as SignalName[]) {
    process.on(name, () => {
      if (isStopping) process.exit(128 + SIGNALS[name])
      isStopping = true
      void stop(server, log, drainTimeoutMs)
    })
  }
}

async function stop<V>(server: ProxyServer<V>, log: Log, drainTimeoutMs: number): Promise<void> {
  let exitCode = 0
  try {
    await server.drain(drainTimeoutMs)
  } catch (error) {
    // A filter of the user's own, say. Whatever it is, the process was told to stop.
    log.error(`Cannot stop in good order: ${describeThrown(error)}`, error)
    exitCode = 1
  }
  process.exit(exitCode)
}
