import { type ErrorCode, ProxyError, type SourceLocation } from '../errors.ts'

const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/
const MAX_EXCERPT_CHARACTERS = 120
const CHARACTERS_BEFORE_CARET = 80

/**
 * An error at a place in a script. Its message names `file:line:column` and shows the line with a caret under the
 * column.
 * @param source the script's text; without it the line is not shown
 */
export function scriptError(
  code: ErrorCode,
  message: string,
  location: SourceLocation,
  source?: string,
  cause?: unknown,
): ProxyError {
  const place = `${location.file}:${location.line}:${location.column}`
  const lines = source === undefined ? '' : excerpt(source, location)
  return new ProxyError(code, `${message} at ${place}${lines}`, { cause, location })
}

function excerpt(source: string, { line, column }: SourceLocation): string {
  const text = source.split(LINE_BREAK)[line - 1]
  if (text === undefined) return ''
  const start = Math.max(0, column - 1 - CHARACTERS_BEFORE_CARET)
  const shown = text.slice(start, start + MAX_EXCERPT_CHARACTERS)
  // Tabs stay tabs, so that the caret stands below its character whatever their width.
  const padding = shown.slice(0, column - 1 - start).replace(/[^\t]/g, ' ')
  return `\n${line} | ${shown}\n${' '.repeat(String(line).length)} | ${padding}^`
}
