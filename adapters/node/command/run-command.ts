import { createRequire } from 'node:module'
import type { ProxyDefinition } from '../../../src/engine/proxy-definition.ts'
import { ProxyServer } from '../../../src/engine/proxy-server.ts'
import { ProxyError, type SourceLocation } from '../../../src/errors.ts'
import { loadProxy } from '../loader/load-proxy.ts'
import { NodeLog } from '../node-log.ts'
import { nodeTransport } from '../serve.ts'
import { formatAddress } from '../socket-errors.ts'
import { createDemoProxy, describeDemo } from './demo-proxy.ts'
import { describeGraph } from './describe-graph.ts'
import { type CommandLine, HELP, parseCommandLine } from './parse-command-line.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { surviveExceptions } from './survive-exceptions.ts'

const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/**
 * Does what the command line says. A proxy that it started runs on when this returns.
 * @throws UsageError for a wrong command line, ProxyError for a proxy that cannot run
 */
export async function runCommand(commandArguments: readonly string[]): Promise<void> {
  const commandLine = parseCommandLine(commandArguments)
  if (commandLine.action === 'help') process.stdout.write(HELP)
  else if (commandLine.action === 'version') process.stdout.write(`${readVersion()}\n`)
  else await runProxy(commandLine)
}

async function runProxy({ action, script, logLevel, drainTimeoutMs }: CommandLine): Promise<void> {
  const { proxy, locate } = await load(script, new NodeLog({ level: logLevel }))
  const log = new NodeLog({ level: logLevel, locate })
  const server = new ProxyServer(proxy, { transport: nodeTransport, log })
  if (action === 'check') {
    process.stdout.write(`${describeGraph(proxy)}\n`)
    return
  }
  requireWork(proxy)
  surviveExceptions(log)
  stopOnSignals(server, log, drainTimeoutMs)
  await server.start()
  // A proxy with only tasks has nothing else that keeps the process running.
  setInterval(() => undefined, LONGEST_INTERVAL_MS)
  for (const address of server.addresses) log.info(`Listening on ${formatAddress(address)}`)
  if (script === undefined) log.info(describeDemo())
}

interface Loaded {
  readonly proxy: ProxyDefinition
  readonly locate: (error: unknown) => SourceLocation | undefined
}

async function load(script: string | undefined, log: NodeLog): Promise<Loaded> {
  if (script === undefined) return { proxy: createDemoProxy() as ProxyDefinition, locate: () => undefined }
  return await loadProxy(script, { log })
}

function requireWork({ listeners, tasks }: ProxyDefinition): void {
  if (listeners.length > 0 || tasks.length > 0) return
  throw new ProxyError(
    'NO_PIPELINE',
    'Cannot run the proxy: it has nothing to do; begin a pipeline with listen or task',
  )
}

function readVersion(): string {
  const { version } = createRequire(import.meta.url)('sluice/package.json') as { readonly version: string }
  return version
}
