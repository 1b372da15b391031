import cluster from 'node:cluster'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProxyError } from '../../../src/errors.ts'
import { describeDemo } from '../command/demo-proxy.ts'
import type { CommandLine } from '../command/parse-command-line.ts'
import { stopOnSignals } from '../command/stop-on-signals.ts'
import { NodeLog } from '../node-log.ts'
import { nodeTransport } from '../serve.ts'
import { formatAddress } from '../../../src/streams/format-address.ts'
import { describeWorkers } from './describe-workers.ts'
import { openSharedSockets } from './open-shared-sockets.ts'
import { WorkerGroup } from './worker-group.ts'
import { prepareWorkers, startWorkerProcess } from './worker-process.ts'

/** From this one on a worker of node:cluster can listen by a socket that it is sent (nodejs/node#52056). */
const OLDEST_NODE = [20, 13] as const
const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/**
 * Runs the proxy in as many processes as the command line says, and looks after them. This process serves nobody and
 * runs nothing of the user's. It ends with its workers.
 * @param commandArguments those that the command was called with: its workers read them themselves
 * @throws UNSUPPORTED where Node cannot do it
 */
export function runPrimary(commandLine: CommandLine, commandArguments: readonly string[]): void {
  requireCluster()
  const { workers, drainTimeoutMs, logLevel, script } = commandLine
  const log = new NodeLog({ level: logLevel })
  const workerProgram = fileURLToPath(new URL(`./worker-main${extname(import.meta.url)}`, import.meta.url))
  prepareWorkers(workerProgram, commandArguments)
  const group = new WorkerGroup({
    workerCount: workers,
    drainTimeoutMs,
    log,
    clock: nodeTransport,
    startWorker: startWorkerProcess,
    openShares: openSharedSockets,
  })
  stopOnSignals(
    () => group.stop(),
    () => group.kill(),
  )
  process.on(
    'SIGUSR2',
    () => void group.count().then(() => process.stdout.write(`${describeWorkers(statesOf(group))}\n`)),
  )
  // Timers keep no process alive, and for a moment all workers may be gone.
  setInterval(() => undefined, LONGEST_INTERVAL_MS)
  group.start()
  void group.started.then((addresses) => {
    for (const address of addresses) log.info(`Listening on ${formatAddress(address)}`)
    log.info(`Running ${workers} workers, of pid ${group.slots.map((slot) => slot.process?.pid).join(', ')}`)
    if (script === undefined) log.info(describeDemo())
  })
  void group.ended.then(({ exitCode, text }) => {
    if (text === undefined) process.exit(exitCode)
    process.stderr.write(`${text}\n`, () => process.exit(exitCode))
  })
}

function statesOf({ slots }: WorkerGroup): Parameters<typeof describeWorkers>[0] {
  return slots.map(({ number, process, restartCount, counts }) => ({ number, pid: process?.pid, restartCount, counts }))
}

function requireCluster(): void {
  if (!cluster.isPrimary) {
    throw new ProxyError('UNSUPPORTED', 'Cannot start workers: this process is a worker of a cluster itself')
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  const state = `Node ${process.versions.node} is too old; they need ${OLDEST_NODE.join('.')} or newer`
  throw new ProxyError('UNSUPPORTED', `Cannot start workers: ${state}`)
}
