import type { Log } from '../engine/log.ts'
import type { ProxyDefinition } from '../engine/proxy-definition.ts'
import { ProxyError, type SourceLocation } from '../errors.ts'
import { instantiateScript } from '../script/instantiate-script.ts'
import { isPipyScript } from '../script/is-pipy-script.ts'
import { locate } from '../script/locate.ts'
import { rewriteScript } from '../script/rewrite-script.ts'
import { scriptError } from '../script/script-error.ts'
import type { CommandHost } from './command-host.ts'
import { pathInside } from './path-inside.ts'

/** A proxy from a file. */
export interface LoadedFile {
  readonly proxy: ProxyDefinition
  /** The place in the user's files that an error arose at, for the log. */
  readonly locate: (error: unknown) => SourceLocation | undefined
}

/** Extensions that only modules have, whatever is in them. */
const MODULE_NAME = /\.(?:[mc]js|[mc]?ts)$/

/**
 * Loads a proxy from a Pipy script (a file without `import` and `export`), or from a JavaScript or TypeScript module whose
 * default export is a proxy.
 * @param file as the user wrote it, from the host's folder
 * @param log takes what a script's `console` writes
 * @throws FILE_NOT_FOUND, SCRIPT_SYNTAX, SCRIPT_FAILED, NOT_A_PROXY and codes of the methods that it called, with the
 * place where it is known
 */
export async function loadFile(file: string, log: Log, host: CommandHost): Promise<LoadedFile> {
  const path = file.startsWith('/') ? file : `${host.folder}/${file.replace(/^(?:\.\/)+/, '')}`
  const bytes = host.readFile(path)
  if (bytes === undefined) throw new ProxyError('FILE_NOT_FOUND', `Cannot read "${file}": there is no such file`)
  const source = new TextDecoder().decode(bytes)
  if (!MODULE_NAME.test(path) && isPipyScript(source)) return loadScript(source, path, log, host)
  return { proxy: await loadModule(path, host), locate: (error) => host.locate(error) }
}

function loadScript(source: string, file: string, log: Log, host: CommandHost): LoadedFile {
  const { wrapScript: wrap } = host
  const script = rewriteScript(source, { file, ...(wrap === undefined ? {} : { wrap }) })
  const folder = file.slice(0, file.lastIndexOf('/'))
  const find = (error: unknown): SourceLocation | undefined => locate(script, error)
  const proxy = instantiateScript(script, host.compile(script), {
    readFile: (path) => {
      const inside = pathInside(folder, path)
      return inside === undefined ? undefined : host.readFile(inside)
    },
    readSystemFile: (path) => host.readFile(path.startsWith('/') ? path : `${host.folder}/${path}`),
    env: host.env,
    log: (line, level, error) => log[level](error === undefined ? line : withPlace(line, find(error))),
    exit: (code) => host.exit(code),
  })
  return { proxy, locate: find }
}

function withPlace(line: string, place: SourceLocation | undefined): string {
  return place === undefined ? line : `${line} at ${place.file}:${place.line}:${place.column}`
}

async function loadModule(file: string, host: CommandHost): Promise<ProxyDefinition> {
  const loaded = await importModule(file, host)
  if (!Object.hasOwn(loaded, 'default')) {
    const text = `Cannot use module ${file}: it has no default export, expected "export default pipy(…)…"`
    throw new ProxyError('NOT_A_PROXY', text)
  }
  const { default: proxy } = loaded
  if (isProxyDefinition(proxy)) return proxy
  const given = proxy === null ? 'null' : typeof proxy
  throw new ProxyError(
    'NOT_A_PROXY',
    `Cannot use module ${file}: its default export is ${given}, expected what pipy() returns`,
  )
}

async function importModule(file: string, host: CommandHost): Promise<{ readonly default?: unknown }> {
  try {
    return await host.importModule(file)
  } catch (error) {
    const failure = ProxyError.from(error, 'SCRIPT_FAILED', `Cannot load module ${file}`)
    const location = failure.location === undefined ? host.locate(error) : undefined
    if (location === undefined) throw failure
    throw scriptError(failure.code, failure.message, location, readText(location.file, host), error)
  }
}

function readText(path: string, host: CommandHost): string | undefined {
  const bytes = host.readFile(path)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

/** By its shape: a proxy may be made by a class of the user's own. */
function isProxyDefinition(value: unknown): value is ProxyDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['variables', 'listeners', 'tasks', 'pipelines'].every((name) => name in value)
  )
}
