import cluster from 'node:cluster'
import type { ProxyServer } from '../../../src/engine/proxy-server.ts'
import { createServer } from '../command/create-server.ts'
import { describeFailure } from '../../../src/command/describe-failure.ts'
import { parseCommandLine } from '../command/parse-command-line.ts'
import { stopServer } from '../../../src/command/stop-server.ts'
import { surviveExceptions } from '../command/survive-exceptions.ts'
import { isOwnMessage, type PrimaryMessage, type WorkerMessage } from './messages.ts'
import { WorkerTransport } from './worker-transport.ts'

/**
 * Runs the proxy in a worker: as the command does, but ports, signals and failures are the primary's affair.
 * @param commandArguments those that the command was called with
 */
export async function runWorker(commandArguments: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(commandArguments)
  const transport = new WorkerTransport(tell)
  let server: ProxyServer | undefined
  let stop = (): void => process.exit(0)
  process.on('message', (message: unknown, handle: unknown) => {
    if (!isOwnMessage(message)) return
    const order = message as PrimaryMessage
    if (order.sluice === 'drain') stop()
    else if (order.sluice === 'count') tellCounts(transport, server)
    else transport.handle(order, handle)
  })
  // Ctrl+C reaches all processes of a terminal, and the primary says what follows from it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => tell({ sluice: 'told-to-stop' }))
  cluster.worker?.on('disconnect', () => {
    // The primary is gone. node:cluster would end the worker at once, in the middle of its requests.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true
    stop()
  })
  try {
    const created = await createServer(commandLine, {
      transport,
      exit: (exitCode) => {
        tell({ sluice: 'exit', exitCode })
        process.exit(exitCode)
      },
    })
    server = created.server
    let isStopping = false
    stop = () => {
      if (isStopping) return
      isStopping = true
      void stopServer(created.server, created.log, commandLine.drainTimeoutMs).then((code) => process.exit(code))
    }
    surviveExceptions(created.log)
    await server.start()
    tell({ sluice: 'started', addresses: server.addresses })
  } catch (error) {
    const { text, exitCode } = describeFailure(error, process.cwd())
    tell({ sluice: 'failed', text, exitCode }, () => process.exit(exitCode))
  }
}

function tell(message: WorkerMessage, then?: () => void): void {
  // What cannot be told any more is of no use to anybody: the primary is gone, and that has an event of its own.
  if (process.connected) process.send?.(message, undefined, undefined, () => then?.())
  else then?.()
}

function tellCounts({ acceptedCount }: WorkerTransport, server: ProxyServer | undefined): void {
  tell({ sluice: 'counts', acceptedCount, openCount: server?.connectionCount ?? 0 })
}
