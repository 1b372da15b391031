import type { Configuration } from '../configuration.ts'
import { encodeText } from '../encode-text.ts'
import { ProxyError } from '../errors.ts'
import { evaluateScript, type EvaluateScript } from './evaluate-script.ts'
import type { ScriptManifest } from './rewritten-script.ts'
import type { ScriptHost } from './script-host.ts'

/** A file that `pipy.load` gives: its text, or its bytes where they are no text. */
export type CompiledFile = string | { readonly base64: string }

/** A script as a compiled module has it. */
export interface CompiledScript {
  readonly manifest: ScriptManifest
  readonly evaluate: EvaluateScript
  /** By the path that the script gives to `pipy.load`. */
  readonly files: Readonly<Record<string, CompiledFile>>
  /** What `os.env` is made of: the bindings of a Worker, or `process.env`. @default nothing */
  readonly env?: object | undefined
}

/**
 * Runs a script that `compileScript` made a module of, and gives the configuration that it describes. What the script
 * writes goes to the runtime's console; `pipy.exit` and `os.readFile` throw UNSUPPORTED.
 * @throws what `evaluateScript` throws
 */
export function runCompiledScript({ manifest, evaluate, files, env }: CompiledScript): Configuration {
  const host: ScriptHost = {
    readFile: (path) => readFile(files, path),
    env: readEnvironment(env),
    log: (line, level, error) => (error === undefined ? console[level](line) : console[level](line, error)),
  }
  return evaluateScript(manifest, evaluate, host)
}

function readFile(files: CompiledScript['files'], path: string): Uint8Array {
  const file = Object.hasOwn(files, path) ? files[path] : undefined
  if (file === undefined) {
    const remedy = `write pipy.load(${JSON.stringify(path)}) out, so that it is compiled into the module`
    throw new ProxyError('UNSUPPORTED', `Cannot load "${path}": there are no files at run time; ${remedy}`)
  }
  return typeof file === 'string' ? encodeText(file, 'utf8') : encodeText(file.base64, 'base64')
}

/** Texts stay, JSON becomes text again, as in `process.env`. What else a Worker is bound to is nothing for scripts. */
function readEnvironment(env: object = {}): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(env) as [string, unknown][]) {
    if (typeof value === 'string') texts[name] = value
    else if (isPlain(value)) texts[name] = JSON.stringify(value)
  }
  return texts
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value)) return true
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
