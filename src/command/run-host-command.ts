import { LineLog } from '../engine/line-log.ts'
import type { Log } from '../engine/log.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyServer } from '../engine/proxy-server.ts'
import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { formatAddress } from '../streams/format-address.ts'
import { type CommandArguments, readCommandArguments } from './command-arguments.ts'
import type { CommandHost } from './command-host.ts'
import { describeFailure } from './describe-failure.ts'
import { describeGraph } from './describe-graph.ts'
import { describeThrown } from './describe-thrown.ts'
import { loadFile } from './load-file.ts'
import { stopServer } from './stop-server.ts'

/**
 * The command of a runtime: what it is told to, and a message and an exit code when that cannot be done. A proxy that it
 * started runs on when this returns.
 */
export async function runHostCommand(commandArguments: readonly string[], host: CommandHost): Promise<void> {
  try {
    await run(readCommandArguments(commandArguments), host)
  } catch (error) {
    const { text, exitCode } = describeFailure(error, host.folder)
    host.stderr.write(`${text}\n`)
    // A module may hold the process: by a timer, a server of its own.
    host.exit(exitCode)
  }
}

async function run(command: CommandArguments, host: CommandHost): Promise<void> {
  const { action, file = '' } = command
  if (action === 'help') host.stdout.write(helpFor(host))
  else if (action === 'version') host.stdout.write(`${host.readVersion()}\n`)
  else if (action === 'check') await checkFile(file, command, host)
  else await runFile(file, command, host)
}

async function checkFile(file: string, command: CommandArguments, host: CommandHost): Promise<void> {
  const { proxy } = await createServer(file, command, host)
  host.stdout.write(`${describeGraph(proxy)}\n`)
}

async function runFile(file: string, command: CommandArguments, host: CommandHost): Promise<void> {
  const { server, proxy, log } = await createServer(file, command, host)
  requireWork(proxy)
  host.onUncaught((error) => log.error(`Going on after an error that nobody caught: ${describeThrown(error)}`, error))
  let isStopping = false
  host.onStop((signalNumber) => {
    if (isStopping) host.exit(128 + signalNumber)
    isStopping = true
    void stopServer(server, log, command.drainTimeoutMs).then((exitCode) => host.exit(exitCode))
  })
  await server.start()
  host.keepRunning()
  for (const address of server.addresses) log.info(`Listening on ${formatAddress(address)}`)
}

interface CreatedServer {
  readonly server: ProxyServer
  readonly proxy: ProxyDefinition
  readonly log: Log
}

async function createServer(file: string, { logLevel }: CommandArguments, host: CommandHost): Promise<CreatedServer> {
  const { stdout, stderr, transport } = host
  const options = { level: logLevel, stdout, stderr, timeOfDay: () => host.timeOfDay() }
  const { proxy, locate } = await loadFile(file, new LineLog(options), host)
  const log = new LineLog({ ...options, locate })
  return { server: new ProxyServer(proxy, { transport, log }), proxy, log }
}

function requireWork({ listeners, tasks }: ProxyDefinition): void {
  if (listeners.length > 0 || tasks.length > 0) return
  throw new ProxyError(
    'NO_PIPELINE',
    'Cannot run the proxy: it has nothing to do; begin a pipeline with listen or task',
  )
}

function helpFor({ commandName }: CommandHost): string {
  return `Usage: ${commandName} [options] <file>

Runs a proxy: a Pipy script, or a JavaScript or TypeScript module whose default export is a proxy.

Options:
  --check                  build the proxy, print its pipelines, and open no port
  --drain-timeout <time>   how long requests in flight may take when it is told to stop,
                           in seconds or as 500s, 1m (default: ${LIMITS.drainTimeoutMs / 1000}s)
  --log-level <level>      silent, error, warn, info, debug (default: info)
  -h, --help               print this
  -v, --version            print the version

It stops on SIGTERM and SIGINT when the requests in flight are answered, and at once on the second one.
Exit codes: 0 when it was told to stop, 1 when the proxy cannot run, 2 for a wrong option.
`
}
