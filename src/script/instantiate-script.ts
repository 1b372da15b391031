import type { Configuration } from '../configuration.ts'
import { ProxyError } from '../errors.ts'
import { checkNames } from './check-names.ts'
import { locate } from './locate.ts'
import type { RewrittenScript, ScriptManifest } from './rewritten-script.ts'
import { restoreNames } from './restore-names.ts'
import { scriptError } from './script-error.ts'
import { createScriptGlobals } from './script-globals.ts'
import type { ScriptHost } from './script-host.ts'
import { ScriptScope } from './script-scope.ts'

/** The rewritten code as a function of its parameters: an adapter compiles it, a bundle brings it compiled. */
export type EvaluateScript = (...parameters: readonly unknown[]) => unknown

/**
 * Runs a rewritten script and gives the configuration that it describes.
 * @param script a bundle may leave `map` and `source` out: then errors have no line shown
 * @throws NOT_A_PROXY when the script gave something else; SCRIPT_FAILED when it threw or uses a name that does not
 * exist; INVALID_ARGUMENT and other codes of the methods it called. All with the place in the script where it is known
 */
export function instantiateScript(
  script: ScriptManifest & Partial<Pick<RewrittenScript, 'map'>>,
  evaluate: EvaluateScript,
  host: ScriptHost,
): Configuration {
  const scope = new ScriptScope(script.declaredNames)
  const globals = createScriptGlobals(scope, host)
  const result = run(script, () => evaluate(scope, ...globals.values))
  const configuration = globals.configurationOf(result)
  if (configuration === undefined) {
    const given = result === null ? 'null' : typeof result
    throw new ProxyError(
      'NOT_A_PROXY',
      `Cannot use script ${script.file}: it gave ${given}, expected what pipy() returns`,
    )
  }
  checkNames(script, configuration.variableNames)
  return configuration.configuration
}

function run<T>(script: ScriptManifest & Partial<Pick<RewrittenScript, 'map'>>, load: () => T): T {
  try {
    return load()
  } catch (error) {
    const failure = ProxyError.from(restoreNames(error), 'SCRIPT_FAILED', 'Cannot load script')
    const location = script.map && locate({ file: script.file, map: script.map }, error)
    if (location === undefined || failure.location !== undefined) throw failure
    throw scriptError(failure.code, failure.message, location, script.source, error)
  }
}
