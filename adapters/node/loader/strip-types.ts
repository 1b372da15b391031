import { createRequire } from 'node:module'
import type { ProxyError, SourceLocation } from '../../../src/errors.ts'
import { scriptError } from '../../../src/script/script-error.ts'

const require = createRequire(import.meta.url)

/** What the type stripper throws: no Error, but a description. Lines count from 1, columns from 0. */
interface StripFailure {
  readonly message: string
  readonly startLine?: number
  readonly startColumn?: number
}

/**
 * Makes TypeScript JavaScript by putting spaces where types are, so that lines and columns stay. It is the same program
 * that Node 22 and later have inside; by itself it also serves Node 20, and gives the place of an error on all of them.
 * @throws SCRIPT_SYNTAX with the place, for syntax errors and for what is more than types: enum, namespace
 */
export function stripTypes(source: string, file: string): string {
  // Loaded here, since it takes time to load and most proxies need none of it.
  const { transformSync } = require('@swc/wasm-typescript') as typeof import('@swc/wasm-typescript')
  try {
    return transformSync(source, { mode: 'strip-only', module: true, filename: file }).code
  } catch (error) {
    throw toSyntaxError(error as StripFailure, source, file)
  }
}

function toSyntaxError({ message, startLine, startColumn }: StripFailure, source: string, file: string): ProxyError {
  const location: SourceLocation = { file, line: startLine ?? 1, column: (startColumn ?? 0) + 1 }
  // It may list all that could have stood there.
  const state = message.replace(/((?:[^,]+, ){4}).*/s, '$1…')
  return scriptError('SCRIPT_SYNTAX', `Cannot parse module: ${state}`, location, source)
}
