import type { ProxyDefinition } from '../../../src/engine/proxy-definition.ts'
import { http1 } from '../../../src/http/http1.ts'
import { ProxyServer } from '../../../src/engine/proxy-server.ts'
import { ProxyError, type SourceLocation } from '../../../src/errors.ts'
import type { Transport } from '../../../src/transport.ts'
import { loadProxy, type LoadProxyOptions } from '../loader/load-proxy.ts'
import { NodeLog } from '../node-log.ts'
import { createDemoProxy } from './demo-proxy.ts'
import type { CommandLine } from './parse-command-line.ts'

export interface CreateServerOptions extends Pick<LoadProxyOptions, 'exit'> {
  readonly transport: Transport
}

/** A proxy that is built and does not run yet. */
export interface CreatedServer {
  readonly server: ProxyServer
  readonly proxy: ProxyDefinition
  readonly log: NodeLog
}

/**
 * Loads the proxy that the command line names, and builds it.
 * @throws what `loadProxy` throws; UNKNOWN_PIPELINE and what filters refuse; NO_PIPELINE when it would have nothing to do
 */
export async function createServer(
  { action, script, logLevel }: CommandLine,
  { transport, ...options }: CreateServerOptions,
): Promise<CreatedServer> {
  const { proxy, locate } = await load(script, { ...options, log: new NodeLog({ level: logLevel }) })
  const log = new NodeLog({ level: logLevel, locate })
  const server = new ProxyServer(proxy, { transport, log, http1 })
  if (action === 'run') requireWork(proxy)
  return { server, proxy, log }
}

interface Loaded {
  readonly proxy: ProxyDefinition
  readonly locate: (error: unknown) => SourceLocation | undefined
}

async function load(script: string | undefined, options: LoadProxyOptions): Promise<Loaded> {
  if (script === undefined) return { proxy: createDemoProxy() as ProxyDefinition, locate: () => undefined }
  return await loadProxy(script, options)
}

function requireWork({ listeners, tasks }: ProxyDefinition): void {
  if (listeners.length > 0 || tasks.length > 0) return
  throw new ProxyError(
    'NO_PIPELINE',
    'Cannot run the proxy: it has nothing to do; begin a pipeline with listen or task',
  )
}
