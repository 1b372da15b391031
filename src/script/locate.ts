import { originalPositionFor, type SourceMapInput, TraceMap } from '@jridgewell/trace-mapping'
import { ProxyError, type SourceLocation } from '../errors.ts'
import type { RewrittenScript, ScriptSourceMap } from './rewritten-script.ts'

const MAX_CAUSES = 8
const traceMaps = new WeakMap<ScriptSourceMap, TraceMap>()

/**
 * Where in a script an error arose: its `location` if it has one, otherwise the first frame of its stack, or of that
 * of its deepest cause, that lies in the script.
 * @param script evaluated under its own `file` name
 * @returns undefined when the script has no part in it
 */
export function locate(script: Pick<RewrittenScript, 'file' | 'map'>, error: unknown): SourceLocation | undefined {
  const chain = causesOf(error)
  const located = chain.find((cause) => cause instanceof ProxyError && cause.location !== undefined)
  if (located instanceof ProxyError) return located.location
  for (const cause of chain.toReversed()) {
    const frame = findFrame(script.file, cause.stack)
    if (frame !== undefined) return toOriginal(script, frame)
  }
  return undefined
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = []
  for (let cause = error; cause instanceof Error && chain.length < MAX_CAUSES; cause = cause.cause) chain.push(cause)
  return chain
}

/** Frames are written `at name (file:line:column)` or `at file:line:column`, in Bun `name@file:line:column`. */
function findFrame(file: string, stack: string | undefined): { line: number; column: number } | undefined {
  const position = new RegExp(`^(?:\\s+at\\s.*?|.*@)(?:file://)?${escapeForRegExp(file)}:(\\d+):(\\d+)\\)?$`, 'm')
  const [, line, column] = position.exec(stack ?? '') ?? []
  return line === undefined || column === undefined ? undefined : { line: Number(line), column: Number(column) }
}

/** Rewriting keeps lines; the map gives the column. Stack traces count columns from 1, source maps from 0. */
function toOriginal(
  { file, map }: Pick<RewrittenScript, 'file' | 'map'>,
  { line, column }: { line: number; column: number },
): SourceLocation {
  const traceMap = traceMaps.get(map) ?? new TraceMap(map as SourceMapInput)
  traceMaps.set(map, traceMap)
  const original = originalPositionFor(traceMap, { line, column: Math.max(0, column - 1) })
  return original.line === null ? { file, line, column } : { file, line: original.line, column: original.column + 1 }
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
