import { writeFileSync } from 'node:fs'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { ProxyError } from '../../../src/errors.ts'
import { type CompiledModule, compileScript } from '../../../src/script/compile-script.ts'
import { isScriptFile } from '../loader/is-script-file.ts'
import { readSource } from '../loader/read-source.ts'
import { readCodebaseFile } from '../loader/script-files.ts'
import { HELP } from './parse-command-line.ts'
import { parseCompileArguments } from './parse-compile-arguments.ts'

/**
 * `sluice compile`: makes a Pipy script a module that is a Cloudflare Worker, and its source map.
 * @throws UsageError for wrong arguments; what compileScript throws; INVALID_ARGUMENT for a module, which needs no
 * compiling, and for an output that would replace the script; FILE_NOT_FOUND for what cannot be read or written
 */
export function compileCommand(commandArguments: readonly string[]): void {
  const { isHelp, script, output, port, dispatcher } = parseCompileArguments(commandArguments)
  if (isHelp) {
    process.stdout.write(HELP)
    return
  }
  const path = resolve(script)
  const source = readSource(path, script)
  if (!isScriptFile(path, source)) throw moduleError(script)
  const readFile = (name: string): Uint8Array | undefined => readCodebaseFile(dirname(path), name)
  const compiled = compileScript(source, { file: script, form: 'worker', port, dispatcher, readFile })
  if (output === undefined) process.stdout.write(withInlineMap(compiled))
  else writeModule(compiled, path, output)
}

function moduleError(script: string): ProxyError {
  const text = `Cannot compile ${script}: it is a module, which a Worker takes as it is; write beside it, in worker.ts:
  import { worker } from 'sluice/cloudflare'
  import proxy from './${basename(script)}'
  export default worker(proxy)`
  return new ProxyError('INVALID_ARGUMENT', text)
}

/** Standard output has no file beside it. */
function withInlineMap({ code, map }: CompiledModule): string {
  const text = Buffer.from(JSON.stringify(map)).toString('base64')
  return `${code}//# sourceMappingURL=data:application/json;charset=utf-8;base64,${text}\n`
}

function writeModule({ code, map }: CompiledModule, script: string, output: string): void {
  const path = resolve(output)
  if (path === script) {
    const text = `Cannot write to "${output}": it is the script itself, which would be lost; name another file`
    throw new ProxyError('INVALID_ARGUMENT', text)
  }
  const name = basename(path)
  const sources = [toPosix(relative(dirname(path), script))]
  // The map first: whoever waits for the module finds it.
  write(`${path}.map`, `${JSON.stringify({ ...map, file: name, sources })}\n`, output)
  write(path, `${code}//# sourceMappingURL=${encodeURI(name)}.map\n`, output)
}

function write(path: string, text: string, output: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const states: Partial<Record<string, string>> = { ENOENT: 'there is no such folder', EISDIR: 'it is a folder' }
    const state = states[code ?? ''] ?? code ?? String(error)
    throw new ProxyError('FILE_NOT_FOUND', `Cannot write to "${output}": ${state}`, { cause: error })
  }
}

function toPosix(path: string): string {
  return path.replaceAll(sep, '/')
}
