import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { leaveOutUnused, sluiceScripts } from 'sluice/esbuild'
import { ProxyError } from '../../../src/errors.ts'
import { isScriptFile } from '../loader/is-script-file.ts'
import { readSource } from '../loader/read-source.ts'
import { type BuildProblem, loadEsbuild } from './load-esbuild.ts'
import { parseBundleArguments } from './parse-bundle-arguments.ts'
import { HELP } from './parse-command-line.ts'

/**
 * `sluice bundle`: makes a Worker's module and all that it imports one file, with its source map, and leaves out the
 * filters and algorithms that it does not use.
 * @throws UsageError for wrong arguments; INVALID_ARGUMENT for a script, for an output that would replace the module, and
 * for what esbuild finds wrong; FILE_NOT_FOUND for what cannot be read or written, and when there is no esbuild
 */
export async function bundleCommand(commandArguments: readonly string[]): Promise<void> {
  const { isHelp, entry, output, isMinified, keep } = parseBundleArguments(commandArguments)
  if (isHelp) {
    process.stdout.write(HELP)
    return
  }
  const path = resolve(entry)
  if (isScriptFile(path, readSource(path, entry))) throw scriptError(entry)
  if (resolve(output) === path) {
    const text = `Cannot write to "${output}": it is the module itself, which would be lost; name another file`
    throw new ProxyError('INVALID_ARGUMENT', text)
  }
  const esbuild = await loadEsbuild(process.cwd())
  try {
    const { outputFiles, warnings } = await esbuild.build({
      entryPoints: [path],
      outfile: resolve(output),
      bundle: true,
      write: false,
      minify: isMinified,
      format: 'esm',
      target: 'es2024',
      // Those of wrangler.
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*', 'node:*'],
      sourcemap: 'linked',
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [sluiceScripts(), leaveOutUnused({ keep })],
    })
    for (const warning of warnings) process.stderr.write(`sluice: ${describe(warning)}\n`)
    // The map comes first: whoever waits for the module finds it.
    for (const { path: file, contents } of outputFiles) write(file, contents, output)
  } catch (error) {
    if (!isBuildFailure(error)) throw error
    const problems = error.errors.map(describe).join('\n')
    throw new ProxyError('INVALID_ARGUMENT', `Cannot bundle ${entry}: ${problems}`, { cause: error })
  }
}

function scriptError(entry: string): ProxyError {
  const text = `Cannot bundle ${entry}: it is a Pipy script; make it a module first, with "sluice compile ${entry} -o <file>"`
  return new ProxyError('INVALID_ARGUMENT', text)
}

function describe({ text, location }: BuildProblem): string {
  return location === null ? text : `${text} at ${location.file}:${location.line}:${location.column + 1}`
}

/** Whole or not at all, and only what is new: a server that watches the file must neither read half of it nor start anew. */
function write(file: string, contents: Uint8Array, output: string): void {
  const part = `${file}.${process.pid}`
  try {
    if (existsSync(file) && readFileSync(file).equals(contents)) return
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(part, contents)
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    const { code } = error as NodeJS.ErrnoException
    const state = code === 'EISDIR' ? 'it is a folder' : (code ?? String(error))
    throw new ProxyError('FILE_NOT_FOUND', `Cannot write to "${output}": ${state}`, { cause: error })
  }
}

function isBuildFailure(error: unknown): error is Error & { readonly errors: readonly BuildProblem[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
