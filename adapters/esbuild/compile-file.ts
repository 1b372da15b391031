import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { compileScript } from '../../src/script/compile-script.ts'
import { isPipyScript } from '../../src/script/is-pipy-script.ts'
import type { ScriptSourceMap } from '../../src/script/rewritten-script.ts'
import { isIncluded, type SluiceScriptsOptions } from './is-included.ts'

/** A compiled script, as bundlers take it. */
export interface CompiledFile {
  readonly code: string
  readonly map: ScriptSourceMap
  /** Files that became part of it: to be watched. */
  readonly files: readonly string[]
}

/**
 * Compiles a file if it is a Pipy script: one that the options include, that has no `import` and no `export`, and that
 * calls `pipy`, which tells it from a CommonJS module.
 * @param path absolute
 * @param folder what messages tell paths from
 * @returns undefined for any other file
 * @throws what compileScript throws
 */
export function compileFile(
  path: string,
  source: string,
  folder: string,
  options: SluiceScriptsOptions,
): CompiledFile | undefined {
  if (!isIncluded(path, options) || !/\bpipy\s*\(/.test(source) || !isPipyScript(source)) return undefined
  const files: string[] = []
  const readFile = (name: string): Uint8Array | undefined => {
    const file = resolve(dirname(path), `.${sep}${name}`)
    files.push(file)
    return isInside(dirname(path), file) ? readIfThere(file) : undefined
  }
  const file = relative(folder, path).replaceAll(sep, '/')
  const { code, map } = compileScript(source, { file, readFile })
  return { code, map, files }
}

function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
