import type { Configuration } from '../configuration.ts'
import { ProxyError } from '../errors.ts'
import { checkNames } from './check-names.ts'
import type { ScriptManifest } from './rewritten-script.ts'
import { restoreNames } from './restore-names.ts'
import { createScriptGlobals } from './script-globals.ts'
import type { ScriptHost } from './script-host.ts'
import { ScriptScope } from './script-scope.ts'

/** The rewritten code as a function of its parameters: an adapter compiles it, a bundle brings it compiled. */
export type EvaluateScript = (...parameters: readonly unknown[]) => unknown

/**
 * Evaluates a rewritten script and gives the configuration that it describes. It needs no parser and no source map:
 * this much of Pipy scripts goes into a bundle.
 * @throws NOT_A_PROXY when the script gave something else; SCRIPT_FAILED when it threw, and, with the place, when it uses
 * a name that does not exist; INVALID_ARGUMENT and other codes of the methods it called
 */
export function evaluateScript(script: ScriptManifest, evaluate: EvaluateScript, host: ScriptHost): Configuration {
  const scope = new ScriptScope(script.declaredNames)
  const globals = createScriptGlobals(scope, host)
  const result = run(() => evaluate(scope, ...globals.values))
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

function run<T>(load: () => T): T {
  try {
    return load()
  } catch (error) {
    throw ProxyError.from(restoreNames(error), 'SCRIPT_FAILED', 'Cannot load script')
  }
}
