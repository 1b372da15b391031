import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml'
import type { ProxyError, SourceLocation } from '../errors.ts'
import { scriptError } from '../script/script-error.ts'

/** What a JSON or YAML file says, and where it says it. */
export interface ReadConfiguration {
  readonly value: unknown
  /** The place of a field; of one that is missing, what it is missing in. */
  readonly locate: (path: readonly (string | number)[]) => SourceLocation
}

/**
 * Reads JSON (RFC 8259) or YAML 1.2, one document. A key that stands twice in an object is an error in both.
 * @param file for messages; what it ends in tells the language
 * @throws SCRIPT_SYNTAX with file, line and column
 */
export function readConfiguration(text: string, file: string): ReadConfiguration {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, version: '1.2' })
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const isJson = /\.json$/i.test(file)
  const [problem] = [...document.errors, ...document.warnings]
  const refuse = (message: string, offset: number, cause: unknown): ProxyError =>
    scriptError('SCRIPT_SYNTAX', `Cannot parse configuration: ${message}`, at(offset), source, cause)
  const json = isJson ? parseJson(source) : undefined
  if (json?.error !== undefined) {
    throw refuse(withoutPlace(json.error.message), offsetIn(json.error, source, problem), json.error)
  }
  if (problem !== undefined) throw refuse(withoutPlace(problem.message), problem.pos[0], problem)
  const contents = document.contents as Node | null
  return {
    value:
      json === undefined
        ? toValue(
            () => document.toJS() as unknown,
            (error) => refuse(error.message, 0, error),
          )
        : json.value,
    locate: (path) => at(findOffset(contents, path)),
  }
}

interface ParsedJson {
  readonly value?: unknown
  readonly error?: Error
}

function parseJson(source: string): ParsedJson {
  try {
    return { value: JSON.parse(source) as unknown }
  } catch (error) {
    return { error: error as Error }
  }
}

/** Aliases that would make a short text a huge value are refused. */
function toValue(read: () => unknown, refuse: (error: Error) => ProxyError): unknown {
  try {
    return read()
  } catch (error) {
    throw refuse(error as Error)
  }
}

/** Engines tell the place in their message, or not at all. */
function offsetIn({ message }: Error, source: string, problem: YAMLError | undefined): number {
  const [, position] = /at position (\d+)/.exec(message) ?? []
  if (position !== undefined) return Number(position)
  return /end of JSON/i.test(message) ? source.trimEnd().length : (problem?.pos[0] ?? 0)
}

function withoutPlace(message: string): string {
  return message
    .replace(/ in JSON at position \d+.*$/s, '')
    .replace(/,? (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '')
}

function findOffset(root: Node | null, path: readonly (string | number)[]): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      )
      if (pair === undefined) return offset
      const { value } = pair
      node = value
      offset = startOf(value) ?? startOf(pair.key) ?? offset
      // An object that begins on the next line has its name for its place.
      if (!isScalar(value)) offset = startOf(pair.key) ?? offset
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      offset = startOf(node) ?? offset
    } else return offset
  }
  return offset
}

function startOf(node: unknown): number | undefined {
  return (node as { readonly range?: readonly [number, number, number] | null } | null)?.range?.[0]
}
