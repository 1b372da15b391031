import type { Program } from 'acorn'
import { decodeBytes } from '../decode-bytes.ts'
import { findScriptUses } from './find-script-uses.ts'
import { locationAt } from './parse-script.ts'
import type { CompiledFile } from './run-compiled-script.ts'
import { scriptError } from './script-error.ts'

/** What the files of a script are read with. */
export interface FileSource {
  readonly source: string
  readonly file: string
  /** @returns undefined when there is no such file */
  readFile(path: string): Uint8Array | undefined
}

/** Reads the files that a script names in `pipy.load`. @throws FILE_NOT_FOUND with the place in the script */
export function embedFiles(program: Program, { source, file, readFile }: FileSource): Record<string, CompiledFile> {
  const files = new Map<string, CompiledFile>()
  for (const { object, member, path, node } of findScriptUses(program).members) {
    if (object !== 'pipy' || member !== 'load' || path === undefined || files.has(path)) continue
    const bytes = readFile(path)
    if (bytes === undefined) {
      const message = `Cannot compile pipy.load: there is no file "${path}" in the script's folder`
      throw scriptError('FILE_NOT_FOUND', message, locationAt(source, file, node.start), source)
    }
    files.set(path, toCompiledFile(bytes))
  }
  return Object.fromEntries(files)
}

function toCompiledFile(bytes: Uint8Array): CompiledFile {
  return decodeBytes(bytes, 'utf8') ?? { base64: decodeBytes(bytes, 'base64') as string }
}
