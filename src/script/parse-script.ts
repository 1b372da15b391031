import { getLineInfo, parse, type Program } from 'acorn'
import type { ProxyError, SourceLocation } from '../errors.ts'
import { scriptError } from './script-error.ts'

/** What Node 20 runs; later syntax would pass here and fail there without a place. */
const ECMA_VERSION = 2024

/**
 * Parses a Pipy script, which is a standard Script: sloppy mode, no import, no export, no top-level await.
 * @throws SCRIPT_SYNTAX with the place, the line and a caret
 */
export function parseScript(source: string, file: string): Program {
  try {
    return parse(source, { ecmaVersion: ECMA_VERSION, sourceType: 'script' })
  } catch (error) {
    if (!isAcornError(error)) throw error
    const state = error.message.replace(/ \(\d+:\d+\)$/, '')
    throw syntaxError(`Cannot parse script: ${lowerFirst(state)}`, source, file, error.pos)
  }
}

/** The line and column of an offset, both from 1. */
export function locationAt(source: string, file: string, offset: number): SourceLocation {
  const { line, column } = getLineInfo(source, offset)
  return { file, line, column: column + 1 }
}

/** A SCRIPT_SYNTAX error at an offset of the source. */
export function syntaxError(message: string, source: string, file: string, offset: number): ProxyError {
  return scriptError('SCRIPT_SYNTAX', message, locationAt(source, file, offset), source)
}

function isAcornError(error: unknown): error is SyntaxError & { readonly pos: number } {
  return error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number'
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
