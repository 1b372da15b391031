import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { toProxy } from '../../../src/command/to-proxy.ts'
import type { ProxyDefinition } from '../../../src/engine/proxy-definition.ts'
import { ProxyError } from '../../../src/errors.ts'
import { scriptError } from '../../../src/script/script-error.ts'
import { findSyntaxError } from './find-syntax-error.ts'
import { locateInModules } from './locate-in-modules.ts'
import { registerHooks } from './register-hooks.ts'

/**
 * Imports a JavaScript or TypeScript module whose default export is a proxy, or a gateway's
 * configuration.
 * @param file an absolute path
 * @throws SCRIPT_SYNTAX, SCRIPT_FAILED when it throws or an import of it is missing, NOT_A_PROXY; codes of the methods
 * that it called. With the place in the user's files where it is known
 */
export async function loadModule(file: string): Promise<ProxyDefinition> {
  registerHooks()
  return await toProxy(await importModule(file), file, process.env)
}

async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
  } catch (error) {
    throw toLoadError(error, file)
  }
}

function toLoadError(error: unknown, file: string): ProxyError {
  // What a hook throws in a thread of its own arrives without its class, so this asks the files and not the error.
  const inFiles = findSyntaxError(file)
  if (inFiles !== undefined) return inFiles
  const failure = ProxyError.from(error, 'SCRIPT_FAILED', `Cannot load module ${file}`)
  if (failure.location !== undefined) return failure
  const location = locateInModules(error)
  if (location === undefined) return failure
  return scriptError(failure.code, failure.message, location, readFileSync(location.file, 'utf8'), error)
}
