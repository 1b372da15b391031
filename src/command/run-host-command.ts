import { LineLog } from '../engine/line-log.ts'
import { http1 } from '../http/http1.ts'
import type { Log } from '../engine/log.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyServer } from '../engine/proxy-server.ts'
import { ProxyError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { formatAddress } from '../streams/format-address.ts'
import { type CommandArguments, readCommandArguments } from './command-arguments.ts'
import type { CommandHost } from './command-host.ts'
import { describeFailure } from './describe-failure.ts'
import { describeProxy } from './describe-proxy.ts'
import { describeThrown } from './describe-thrown.ts'
import { explainWith } from './explain-with.ts'
import { loadFile } from './load-file.ts'
import { logWarnings } from './log-warnings.ts'
import { readExplainArguments } from './read-explain-arguments.ts'
import { stopServer } from './stop-server.ts'

/**
 * The command of a runtime: what it is told to, and a message and an exit code when that cannot be done. A proxy that it
 * started runs on when this returns.
 */
export async function runHostCommand(commandArguments: readonly string[], host: CommandHost): Promise<void> {
  try {
    const [first, ...rest] = commandArguments
    if (first === 'explain') await explain(rest, host)
    else await run(readCommandArguments(commandArguments), host)
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

async function explain(commandArguments: readonly string[], host: CommandHost): Promise<void> {
  const request = readExplainArguments(commandArguments)
  const { stdout, stderr } = host
  const log = new LineLog({ level: 'info', stdout, stderr, timeOfDay: () => host.timeOfDay() })
  const folder = {
    has: (file: string) => host.readFile(`${host.folder}/${file}`) !== undefined,
    load: async (file: string) => (await loadFile(file, log, host)).proxy,
  }
  stdout.write(request.isHelp ? helpFor(host) : `${await explainWith(folder, request)}\n`)
}

async function checkFile(file: string, command: CommandArguments, host: CommandHost): Promise<void> {
  const { proxy } = await createServer(file, command, host)
  host.stdout.write(`${await describeProxy(proxy)}\n`)
}

async function runFile(file: string, command: CommandArguments, host: CommandHost): Promise<void> {
  const { server, proxy, log } = await createServer(file, command, host)
  requireWork(proxy)
  logWarnings(proxy, log)
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
  return { server: new ProxyServer(proxy, { transport, log, http1 }), proxy, log }
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
       ${commandName} explain [method] <url> [-H <header>] [configuration]

Runs a proxy: a Pipy script, a JavaScript or TypeScript module whose default export is a proxy, or a gateway's
configuration: a module with defineGateway, a JSON file, a YAML file.

Options:
  --check                  build the proxy, print its pipelines, or a gateway's routes, and open no port
  --drain-timeout <time>   how long requests in flight may take when it is told to stop,
                           in seconds or as 500s, 1m (default: ${LIMITS.drainTimeoutMs / 1000}s)
  --log-level <level>      silent, error, warn, info, debug (default: info)
  -h, --help               print this
  -v, --version            print the version

Explain says which route of a gateway takes a request and why. Its option:
  -H, --header <header>    a field of the request, as 'x-version: 2'; as often as you like

It stops on SIGTERM and SIGINT when the requests in flight are answered, and at once on the second one.
Exit codes: 0 when it was told to stop, 1 when the proxy cannot run, 2 for a wrong option.
`
}
