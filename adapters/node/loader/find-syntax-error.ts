import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parse, type Program } from 'acorn'
import { ProxyError } from '../../../src/errors.ts'
import { syntaxError } from '../../../src/script/parse-script.ts'
import { stripTypes } from './strip-types.ts'

/**
 * Finds the place of a syntax error in a module or in those that it imports by path: Node does not tell it to whoever
 * catches the error.
 * @returns SCRIPT_SYNTAX with the place, the line and a caret; undefined when there is none
 */
export function findSyntaxError(file: string): ProxyError | undefined {
  const files = new Set([file])
  for (const next of files) {
    const source = readText(next)
    if (source === undefined) continue
    try {
      const code = /\.m?ts$/.test(next) ? stripTypes(source, next) : source
      for (const imported of importedFiles(parseModule(code, source, next), next)) files.add(imported)
    } catch (error) {
      if (error instanceof ProxyError) return error
      throw error
    }
  }
  return undefined
}

function parseModule(code: string, source: string, file: string): Program {
  try {
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module' })
  } catch (error) {
    if (!(error instanceof SyntaxError) || !('pos' in error)) throw error
    const state = error.message.replace(/ \(\d+:\d+\)$/, '')
    throw syntaxError(
      `Cannot parse module: ${state.charAt(0).toLowerCase()}${state.slice(1)}`,
      source,
      file,
      Number(error.pos),
    )
  }
}

function importedFiles({ body }: Program, file: string): string[] {
  return body
    .map((statement) => ('source' in statement ? statement.source?.value : undefined))
    .filter((specifier) => typeof specifier === 'string' && /^\.{0,2}\//.test(specifier))
    .map((specifier) => fileURLToPath(new URL(String(specifier), pathToFileURL(file))))
}

/** A file that cannot be read is not the one with the error. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
