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
import { toProxy } from './to-proxy.ts'

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
 * default export is a proxy or a gateway's configuration, or from a JSON or YAML file that is such a configuration.
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
  if (/\.(?:json|ya?ml)$/i.test(path)) {
    const { loadGateway } = await import('./load-gateway.ts')
    return { proxy: loadGateway(source, path, host.env) as unknown as ProxyDefinition, locate: () => undefined }
  }
  if (!MODULE_NAME.test(path) && isPipyScript(source)) return loadScript(source, path, log, host)
  return { proxy: await toProxy(await importModule(path, host), path, host.env), locate: (error) => host.locate(error) }
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
