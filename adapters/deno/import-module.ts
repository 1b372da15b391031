import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { scriptError } from '../../src/script/script-error.ts'

/** Colours, which Deno puts into messages also where nobody can see them. */
const COLOR = /\p{Cc}\[[\d;]*m/gu

/**
 * Imports a module; its types are Deno's to take out.
 * @throws SCRIPT_SYNTAX, SCRIPT_FAILED with the place of an import that leads nowhere
 */
export async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
  } catch (error) {
    throw toLoadError(error) ?? error
  }
}

/** What Deno says of modules that it cannot link has the place as the last line of its message, and in no other form. */
function toLoadError(error: unknown): Error | undefined {
  if (!(error instanceof TypeError || error instanceof SyntaxError)) return undefined
  const message = error.message.replaceAll(COLOR, '')
  const [, text = '', url = '', line, column] = /^(.*?)\n[^]*?at (file:\S+):(\d+):(\d+)\s*$/.exec(message) ?? []
  if (url === '') return undefined
  const file = fileURLToPath(url)
  const location = { file, line: Number(line), column: Number(column) }
  const source = new TextDecoder().decode(readFileSync(file))
  const isSyntax = text.includes('SyntaxError: ')
  return isSyntax
    ? scriptError(
        'SCRIPT_SYNTAX',
        `Cannot parse module: ${text.replace(/^.*SyntaxError: /, '')}`,
        location,
        source,
        error,
      )
    : scriptError('SCRIPT_FAILED', `Cannot load module: ${text}`, location, source, error)
}
