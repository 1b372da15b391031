import type { Log } from '../../../src/engine/log.ts'
import type { ProxyServer } from '../../../src/engine/proxy-server.ts'

/** What `kill` and Ctrl+C send, by number: a process that ends by one exits with 128 and it. */
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const

type SignalName = keyof typeof SIGNALS

/**
 * Stops the process in good order when it is told to: on the first SIGTERM or SIGINT it accepts nothing more, lets the
 * requests in flight finish and exits with 0; on the second one it exits at once.
 *
 * An exception that nobody caught leaves the process in a state that nobody knows: it is logged, requests in flight may
 * finish, and the process exits with 1, for its manager to start it again. A rejected promise that nobody waits for is a
 * mistake of the user's code, of which the engine, which waits for all of its own, is not touched: it is logged, and the
 * proxy goes on.
 */
export function stopOnSignals<V>(server: ProxyServer<V>, log: Log, drainTimeoutMs: number): void {
  let isStopping = false
  const stop = async (exitCode: number): Promise<void> => {
    isStopping = true
    await server.drain(drainTimeoutMs)
    process.exit(exitCode)
  }
  for (const name of Object.keys(SIGNALS) as SignalName[]) {
    process.on(name, () => {
      if (isStopping) process.exit(128 + SIGNALS[name])
      void stop(0)
    })
  }
  process.on('uncaughtException', (error) => {
    log.error(`Stopping, because of an exception that nobody caught: ${String(error)}`, error)
    if (!isStopping) void stop(1)
  })
  process.on('unhandledRejection', (reason) => {
    log.error(`A promise was rejected and nobody waits for it: ${String(reason)}`, reason)
  })
}
