import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { nodeExecutables } from '../../end-to-end/support/node-executables.ts'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'
import { startProcess } from '../../runtimes/support/start-process.ts'
import { startWorker } from '../cloudflare/support/start-worker.ts'

/** A value of the platform where it has such: of a Worker, a binding. */
export const REGION = 'here'

/** An application of a framework, up and answering. */
export interface StartedApplication {
  readonly port: number
  /** What it has written so far. */
  output(): string
  stop(): Promise<unknown>
}

/** Where an application runs, and by what server. */
export interface ApplicationRuntime {
  readonly name: string
  /** One request may use the upstream connection of another. */
  readonly sharesConnections: boolean
  /**
   * A large body goes on coming while its answer is on its way. With Deno.serve (2.9.5) it stops, also where a handler does
   * nothing but read pieces of the one and put them into the stream of the other.
   */
  readonly isFullDuplex: boolean
  /** Answers come as upstreams wrote them. What goes by fetch is decompressed on the way. */
  readonly keepsBytes: boolean
  /** The server tells the application who the client is. */
  readonly tellsClient: boolean
  /** The application has bindings. */
  readonly hasBindings: boolean
  /** @param application the path of a module whose default export has `fetch`, from the project's folder */
  start(application: string): Promise<StartedApplication>
}

type ServerName = 'node' | 'deno' | 'bun'

/** What serves `application` on a free port, and says on which. */
const SERVERS: Readonly<Record<ServerName, string>> = {
  node: `import { serve } from '@hono/node-server'
    serve({ fetch: application.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => console.log('Listening on 127.0.0.1:' + port))`,
  deno: `Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: ({ port }) => console.log('Listening on 127.0.0.1:' + port) }, application.fetch)`,
  bun: `const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: application.fetch })
    console.log('Listening on 127.0.0.1:' + server.port)`,
}

/** All that this machine has. */
export const APPLICATION_RUNTIMES: readonly ApplicationRuntime[] = [
  ...nodeExecutables.map(({ file, major }) => ownServer(`@hono/node-server on Node ${major}`, 'node', [file])),
  ownServer('Deno', 'deno', [join(PROJECT_FOLDER, 'node_modules/.bin/deno'), 'run', '--allow-all', '--no-lock']),
  ownServer('Bun', 'bun', [join(PROJECT_FOLDER, 'node_modules/.bin/bun')]),
  {
    name: 'workerd',
    sharesConnections: false,
    isFullDuplex: true,
    keepsBytes: false,
    tellsClient: false,
    hasBindings: true,
    start: async (application) => {
      const code = `export { default } from './${application}'`
      const worker = await startWorker({ code, vars: { REGION } })
      return { port: worker.port, output: () => worker.lines.join('\n'), stop: () => worker.dispose() }
    },
  },
]

function ownServer(name: string, server: ServerName, [file = '', ...processArguments]: string[]): ApplicationRuntime {
  return {
    name,
    sharesConnections: true,
    isFullDuplex: server !== 'deno',
    keepsBytes: true,
    tellsClient: true,
    hasBindings: false,
    start: async (application) => {
      const folder = mkdtempSync(join(PROJECT_FOLDER, 'node_modules/.application-'))
      const outfile = join(folder, 'application.mjs')
      await build({
        stdin: {
          contents: `import application from './${application}'\n${SERVERS[server]}`,
          resolveDir: PROJECT_FOLDER,
          loader: 'ts',
        },
        absWorkingDir: PROJECT_FOLDER,
        outfile,
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'es2023',
        conditions: [server],
        external: ['node:*'],
        plugins: [ownSources(server)],
        logLevel: 'silent',
      })
      const started = await startProcess(file, [...processArguments, outfile])
      const stop = async (): Promise<void> => {
        await started.stop()
        rmSync(folder, { recursive: true })
      }
      return { ...started, stop }
    },
  }
}

/** Leads the package's own names to the sources, as the test runner does. */
function ownSources(runtime: ServerName): Plugin {
  return {
    name: 'own-sources',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^sluice(?:\/|$)/ }, ({ path }) => ({
        path: join(
          PROJECT_FOLDER,
          path === 'sluice' ? 'src/index.ts' : `${path.replace('sluice', 'adapters')}/index.ts`,
        ),
      }))
      onResolve({ filter: /^#/ }, ({ path }) => ({
        path: join(PROJECT_FOLDER, `adapters/${runtime}/${path.slice(1)}.ts`),
      }))
    },
  }
}
