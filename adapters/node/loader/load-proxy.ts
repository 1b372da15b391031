import { resolve } from 'node:path'
import type { Log } from '../../../src/engine/log.ts'
import type { ProxyDefinition } from '../../../src/engine/proxy-definition.ts'
import type { SourceLocation } from '../../../src/errors.ts'
import { NodeLog } from '../node-log.ts'
import { isScriptFile } from './is-script-file.ts'
import { loadScript } from './load-script.ts'
import { locateInModules } from './locate-in-modules.ts'
import { readSource } from './read-source.ts'

export interface LoadProxyOptions {
  /** Takes what a script's `console` writes. @default a NodeLog of level 'info' */
  readonly log?: Log
  /** Ends the process, for a script's `pipy.exit`. @default process.exit */
  readonly exit?: (code: number) => void
}

/** A proxy from a file. */
export interface LoadedProxy {
  readonly proxy: ProxyDefinition
  /** The place in the user's files that an error arose at, for the log. */
  readonly locate: (error: unknown) => SourceLocation | undefined
}

/**
 * Loads a proxy from a Pipy script (a file without `import` and `export`), a JavaScript module or a TypeScript module
 * whose default export is a proxy or a gateway's configuration, or from a JSON or YAML file that is such a configuration. A
 * module finds `sluice` wherever it lies.
 * @throws FILE_NOT_FOUND, SCRIPT_SYNTAX, SCRIPT_FAILED, NOT_A_PROXY and codes of the methods that it called, with the
 * place where it is known
 */
export async function loadProxy(file: string, options: LoadProxyOptions = {}): Promise<LoadedProxy> {
  const { log = new NodeLog(), exit = (code) => process.exit(code) } = options
  const path = resolve(file)
  const source = readSource(path, file)
  if (/\.(?:json|ya?ml)$/i.test(path)) {
    const { loadGateway } = await import('../../../src/command/load-gateway.ts')
    return { proxy: loadGateway(source, path, process.env) as unknown as ProxyDefinition, locate: locateInModules }
  }
  if (isScriptFile(path, source)) return loadScript(source, path, log, exit)
  const { loadModule } = await import('./load-module.ts')
  return { proxy: await loadModule(path), locate: locateInModules }
}
