import { createRequire } from 'node:module'
import { nodeTransport } from '../serve.ts'
import { formatAddress } from '../../../src/streams/format-address.ts'
import { createServer } from './create-server.ts'
import { describeDemo } from './demo-proxy.ts'
import { describeProxy } from '../../../src/command/describe-proxy.ts'
import { logWarnings } from '../../../src/command/log-warnings.ts'
import { type CommandLine, HELP, parseCommandLine } from './parse-command-line.ts'
import { stopOnSignals } from './stop-on-signals.ts'
import { stopServer } from '../../../src/command/stop-server.ts'
import { surviveExceptions } from './survive-exceptions.ts'

const LONGEST_INTERVAL_MS = 2 ** 31 - 1

/**
 * Does what the command line says. A proxy that it started runs on when this returns.
 * @throws UsageError for a wrong command line, ProxyError for a proxy that cannot run
 */
export async function runCommand(commandArguments: readonly string[]): Promise<void> {
  const [first, ...rest] = commandArguments
  if (first === 'compile') return (await import('./compile-command.ts')).compileCommand(rest)
  if (first === 'bundle') return await (await import('./bundle-command.ts')).bundleCommand(rest)
  if (first === 'explain') return await (await import('./explain-command.ts')).explainCommand(rest)
  if (first === 'schema' && rest.length === 0) return await printSchema()
  const commandLine = parseCommandLine(commandArguments)
  if (commandLine.action === 'help') process.stdout.write(HELP)
  else if (commandLine.action === 'version') process.stdout.write(`${readVersion()}\n`)
  else if (commandLine.action === 'check') await checkProxy(commandLine)
  else if (commandLine.workers === 1) await runProxy(commandLine)
  else (await import('../workers/run-primary.ts')).runPrimary(commandLine, commandArguments)
}

async function checkProxy(commandLine: CommandLine): Promise<void> {
  const { proxy } = await createServer(commandLine, { transport: nodeTransport })
  process.stdout.write(`${await describeProxy(proxy)}\n`)
}

async function runProxy(commandLine: CommandLine): Promise<void> {
  const { server, proxy, log } = await createServer(commandLine, { transport: nodeTransport })
  surviveExceptions(log)
  logWarnings(proxy, log)
  stopOnSignals(() => {
    void stopServer(server, log, commandLine.drainTimeoutMs).then((exitCode) => process.exit(exitCode))
  })
  await server.start()
  // A proxy with only tasks has nothing else that keeps the process running.
  setInterval(() => undefined, LONGEST_INTERVAL_MS)
  for (const address of server.addresses) log.info(`Listening on ${formatAddress(address)}`)
  if (commandLine.script === undefined) log.info(describeDemo())
}

async function printSchema(): Promise<void> {
  const { createJsonSchema } = await import('../../../src/gateway/create-json-schema.ts')
  process.stdout.write(createJsonSchema())
}

function readVersion(): string {
  const { version } = createRequire(import.meta.url)('sluice/package.json') as { readonly version: string }
  return version
}
