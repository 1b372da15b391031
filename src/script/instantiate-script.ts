import type { Configuration } from '../configuration.ts'
import { ProxyError } from '../errors.ts'
import { evaluateScript, type EvaluateScript } from './evaluate-script.ts'
import { locate } from './locate.ts'
import type { RewrittenScript, ScriptManifest } from './rewritten-script.ts'
import { scriptError } from './script-error.ts'
import type { ScriptHost } from './script-host.ts'

/**
 * Runs a rewritten script and gives the configuration that it describes.
 * @param script without `map` the place of what it throws is not told, without `source` no line is shown
 * @throws NOT_A_PROXY when the script gave something else; SCRIPT_FAILED when it threw or uses a name that does not
 * exist; INVALID_ARGUMENT and other codes of the methods it called. All with the place in the script where it is known
 */
export function instantiateScript(
  script: ScriptManifest & Partial<Pick<RewrittenScript, 'map'>>,
  evaluate: EvaluateScript,
  host: ScriptHost,
): Configuration {
  try {
    return evaluateScript(script, evaluate, host)
  } catch (error) {
    if (!(error instanceof ProxyError) || error.location !== undefined || script.map === undefined) throw error
    // What the script threw, and not what was made of it.
    const thrown = error.code === 'SCRIPT_FAILED' && error.cause instanceof Error ? error.cause : error
    const location = locate({ file: script.file, map: script.map }, thrown)
    if (location === undefined) throw error
    throw scriptError(error.code, error.message, location, script.source, thrown)
  }
}
