import { parse, type Program } from 'acorn'
import { type ErrorCode, ProxyError } from '../errors.ts'
import { locationAt, syntaxError } from './parse-script.ts'
import { scriptError } from './script-error.ts'
import { findScriptUses, type MemberUse } from './find-script-uses.ts'

/** What a compiled script has to be right for. */
export interface Compilation {
  readonly source: string
  readonly file: string
  /** It becomes a Worker, whose requests come in where a pipeline begins with `listen`. */
  readonly isWorker: boolean
  /** Which `listen` takes its requests. */
  readonly port: number | undefined
}

/**
 * Refuses what would fail when a compiled script runs, as far as its text tells.
 * @throws SCRIPT_SYNTAX for what strict mode refuses; UNSUPPORTED for what needs files or evaluates text; NO_PIPELINE
 * and INVALID_ARGUMENT for a Worker without `listen` and without the one that was asked for
 */
export function checkCompilable(program: Program, compilation: Compilation): void {
  const { source, file, isWorker } = compilation
  checkModule(source, file)
  const { members, evaluations, listenPorts } = findScriptUses(program)
  const refuse = (message: string, { start }: { readonly start: number }, code: ErrorCode = 'UNSUPPORTED') =>
    scriptError(code, message, locationAt(source, file, start), source)
  const [evaluation] = evaluations
  if (evaluation !== undefined) throw refuse('Cannot compile Function: no text is evaluated at the edge', evaluation)
  for (const use of members) {
    const state = refusalOf(use)
    if (state !== undefined) throw refuse(`Cannot compile ${use.object}.${use.member}: ${state}`, use.node)
  }
  if (isWorker) checkListeners(listenPorts, compilation)
}

/** A module is in strict mode, and `await` is a word of its own in it. */
function checkModule(source: string, file: string): void {
  try {
    parse(source, { ecmaVersion: 'latest', sourceType: 'module' })
  } catch (error) {
    const { message, pos } = error as SyntaxError & { readonly pos: number }
    const state = message.replace(/ \(\d+:\d+\)$/, '')
    const text = `Cannot compile script into a module: ${state.charAt(0).toLowerCase()}${state.slice(1)}`
    throw syntaxError(text, source, file, pos)
  }
}

function refusalOf({ object, member, call, path }: MemberUse): string | undefined {
  if (object === 'os' && member === 'readFile') {
    return 'there are no files at run time; use pipy.load, whose file becomes part of the module'
  }
  if (object !== 'pipy' || member !== 'load') return undefined
  if (call === undefined) return 'expected a call of it, with the path written out'
  return path === undefined ? 'its path must be a plain string, because its file becomes part of the module' : undefined
}

function checkListeners(ports: readonly (number | undefined)[], { file, port }: Compilation): void {
  if (ports.length === 0) {
    throw new ProxyError('NO_PIPELINE', `Cannot compile ${file} into a Worker: begin a pipeline with listen`)
  }
  if (port === undefined || ports.includes(port) || ports.includes(undefined)) return
  const state = `it listens on ${ports.join(', ')}`
  throw new ProxyError('INVALID_ARGUMENT', `Cannot hand requests to ${file} on port ${port}: ${state}`)
}
