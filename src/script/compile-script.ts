/**
 * Makes a Pipy script an ES module for runtimes that evaluate no text: nothing of it is parsed when it runs, and the
 * parser is not in its bundle.
 */
import { checkCompilable } from './check-compilable.ts'
import { checkNames } from './check-names.ts'
import { findDeclaredVariables } from './declared-variables.ts'
import { embedFiles } from './embed-files.ts'
import { parseScript } from './parse-script.ts'
import { rewriteScript } from './rewrite-script.ts'
import type { ScriptManifest, ScriptSourceMap } from './rewritten-script.ts'

export interface CompileScriptOptions {
  /** The script's path: what messages and the source map call it. */
  readonly file: string
  /**
   * What the module's default export is. `configuration`: what `pipy({…})` gives, for `worker(proxy)` and whatever else
   * takes a proxy. `worker`: the Worker itself. @default 'configuration'
   */
  readonly form?: 'configuration' | 'worker'
  /** Which `listen` takes a Worker's requests, by its port. @default the first one that speaks HTTP */
  readonly port?: number | undefined
  /**
   * How a Worker reaches `host:port`: `socket`, which sends requests as on a server, or `fetch`, the platform's own, which
   * sets the Host of the target. @default 'socket'
   */
  readonly dispatcher?: 'socket' | 'fetch'
  /**
   * Reads what `pipy.load` names, to be put into the module. The path is relative to the script's folder, also when it
   * begins with `/`; undefined says that there is no such file.
   */
  readonly readFile: (path: string) => Uint8Array | undefined
}

/** A script made an ES module. */
export interface CompiledModule {
  /** It imports `sluice/compiled-script`, and a Worker `sluice/cloudflare`. It has no comment that names the map. */
  readonly code: string
  /** From `code` to the script, whose text it has. */
  readonly map: ScriptSourceMap
}

/**
 * Compiles a Pipy script, and checks what can be known of it without running it.
 * @throws SCRIPT_SYNTAX, also for what strict mode refuses; SCRIPT_FAILED for a name that does not exist; FILE_NOT_FOUND
 * for a file of `pipy.load`; UNSUPPORTED for what needs files or evaluates text: these with the place, the line and a
 * caret. NO_PIPELINE for a Worker without `listen`, INVALID_ARGUMENT when it has none with the port
 */
export function compileScript(source: string, options: CompileScriptOptions): CompiledModule {
  const { file, form = 'configuration', port, readFile } = options
  const program = parseScript(source, file)
  checkCompilable(program, { source, file, isWorker: form === 'worker', port })
  const files = embedFiles(program, { source, file, readFile })
  const wrap = (names: readonly string[]): [string, string] => [headOf(form, file, names), '\n}\n']
  const { code, map, contextNames, globalNames, declaredNames } = rewriteScript(source, { file, wrap })
  const manifest: ScriptManifest = { file, contextNames, globalNames, declaredNames }
  if (findDeclaredVariables(program).isComplete) checkNames({ ...manifest, source }, declaredNames)
  const run = `runCompiledScript({
  manifest: ${JSON.stringify(manifest)},
  files: ${JSON.stringify(files)},
  ${form === 'worker' ? 'env' : 'env: globalThis.process?.env'},
  evaluate,
})`
  return { code: `${code}\nexport default ${form === 'worker' ? workerOf(run, options) : run}\n`, map }
}

type Form = NonNullable<CompileScriptOptions['form']>

/** Everything before the script. The script sees none of these names: it is the body of a function with its own. */
function headOf(form: Form, file: string, parameterNames: readonly string[]): string {
  const name = file.split(/[\\/]/).at(-1)
  const lines = [
    `// Compiled by Sluice from ${name}: change that file, not this one.`,
    ...(form === 'worker' ? [`import { sockets, worker } from 'sluice/cloudflare'`] : []),
    `import { runCompiledScript } from 'sluice/compiled-script'`,
    '',
    `function evaluate(${parameterNames.join(', ')}) {\n`,
  ]
  return lines.join('\n')
}

/** In a Worker the script runs with the first request, as timers and chance exist only then, and with its bindings. */
function workerOf(configuration: string, { port, dispatcher = 'socket' }: CompileScriptOptions): string {
  const choice = port === undefined ? '' : `, port: ${port}`
  return `worker((env) => ${configuration}, { sockets, dispatcher: '${dispatcher}'${choice} })`
}
