import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'

const PROJECT_FOLDER = fileURLToPath(new URL('../../../../', import.meta.url))

/** The runtime that `wrangler dev` and a deployment have. */
const COMPATIBILITY_DATE = /^compatibility_date = "([\d-]+)"/m.exec(
  readFileSync(`${PROJECT_FOLDER}wrangler.toml`, 'utf8'),
)?.[1]

export interface StartWorkerOptions {
  /** The Worker's module: its path, or an URL such as `new URL('worker.ts', import.meta.url)`. */
  readonly script?: string | URL
  /** The Worker's module as text, whose imports are looked up from the project's folder. */
  readonly code?: string
  /** Texts and values in `env`. @default none */
  readonly vars?: Readonly<Record<string, string | number | boolean | object>>
  /** Other Workers in `env`: a function that answers in this process, or where a server listens. @default none */
  readonly services?: Readonly<Record<string, (request: Request) => Response | Promise<Response>>>
  /** Durable Objects in `env`: the name of the class that the module exports, by the binding's name. @default none */
  readonly durableObjects?: Readonly<Record<string, string>>
  /** @default `enable_request_signal` */
  readonly compatibilityFlags?: readonly string[]
  /**
   * Leaves out the Worker that miniflare puts in front, which compresses answers, says who the client is and keeps to
   * itself that a client has left. @default false
   */
  readonly isDirect?: boolean
  /** What else takes part in bundling. @default nothing */
  readonly plugins?: readonly Plugin[]
  /** Where raw connections are taken, for the module's `connect`. @default nowhere */
  readonly connectPort?: number
}

/** A Worker that runs in workerd, which is a process of its own. */
export interface StartedWorker {
  /** Where it answers, with a slash behind it. */
  readonly url: string
  readonly port: number
  /** What it wrote to its console, and what the runtime said, line by line. */
  readonly lines: readonly string[]
  /** Ends the process. */
  dispose(): Promise<void>
}

/**
 * Bundles a Worker from the sources, as wrangler does, and runs it in workerd on a free port of 127.0.0.1.
 * @throws Error when it cannot be bundled or started
 */
export async function startWorker(options: StartWorkerOptions): Promise<StartedWorker> {
  const { vars = {}, services = {}, durableObjects = {}, compatibilityFlags = ['enable_request_signal'] } = options
  const { isDirect = false, connectPort } = options
  const lines: string[] = []
  const settings = {
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: await bundle(options) }],
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: [...compatibilityFlags],
    host: '127.0.0.1',
    port: 0,
    bindings: vars,
    serviceBindings: services,
    durableObjects,
    ...(isDirect ? { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] } : {}),
    ...(connectPort === undefined
      ? {}
      : { connectHandlers: [{ protocol: 'tcp', port: connectPort, address: '127.0.0.1' }] }),
    handleStructuredLogs: ({ message }: { message: string }) => lines.push(message),
    // It would be asked for over the network.
    cf: false,
    log: new Log(LogLevel.NONE),
  }
  const worker = new Miniflare(convertV4MiniflareOptions(settings as Parameters<typeof convertV4MiniflareOptions>[0]))
  const url = isDirect ? await worker.unsafeGetDirectURL() : await worker.ready
  return { url: url.href, port: Number(url.port), lines, dispose: () => worker.dispose() }
}

async function bundle({ script, code, plugins = [] }: StartWorkerOptions): Promise<string> {
  const entry =
    code === undefined
      ? { entryPoints: [script instanceof URL ? fileURLToPath(script) : (script as string)] }
      : { stdin: { contents: code, resolveDir: PROJECT_FOLDER, loader: 'ts' as const } }
  const { outputFiles } = await build({
    ...entry,
    absWorkingDir: PROJECT_FOLDER,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    plugins: [ownSources, ...plugins],
    logLevel: 'silent',
  })
  return outputFiles[0]?.text as string
}

/** Leads the package's own names to the sources, as the test runner does. */
const ownSources: Plugin = {
  name: 'own-sources',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^sluice(?:\/|$)/ }, ({ path }) => {
      const door = path.slice('sluice/'.length)
      if (door === '') return { path: `${PROJECT_FOLDER}src/index.ts` }
      if (door === 'compiled-script') return { path: `${PROJECT_FOLDER}src/script/run-compiled-script.ts` }
      const folder = ['script', 'gateway'].includes(door) ? `src/${door}` : `adapters/${door}`
      return { path: `${PROJECT_FOLDER}${folder}/index.ts` }
    })
    onResolve({ filter: /^#/ }, ({ path }) => ({ path: `${PROJECT_FOLDER}adapters/cloudflare/${path.slice(1)}.ts` }))
  },
}
