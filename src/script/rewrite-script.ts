/**
 * Makes a Pipy script a function of standard JavaScript. In Pipy a free name such as `_target` means that variable of
 * the context that is current when the name is evaluated, whatever closure it stands in: it becomes
 * `$scope.context._target`. Everything stays on its line, and the source map has the columns.
 */
import type { AnyNode, Program, Statement } from 'acorn'
import MagicString from 'magic-string'
import { carryContextOverPromises } from './carry-context.ts'
import { findDeclaredVariables } from './declared-variables.ts'
import { type FreeName, findFreeNames } from './free-names.ts'
import { KNOWN_GLOBALS } from './known-globals.ts'
import { locationAt, parseScript, syntaxError } from './parse-script.ts'
import type { NameUse, RewrittenScript } from './rewritten-script.ts'
import { SCRIPT_GLOBAL_NAMES } from './script-global-names.ts'
import { walk } from './syntax-tree.ts'

export interface RewriteOptions {
  /** The script's path: what messages, stack traces and the source map call it. */
  readonly file: string
  /**
   * The text before and after the function's body, as a module has it. The source map counts with it.
   * @default none: `code` is the body, for `vm.compileFunction(code, parameterNames)`
   */
  readonly wrap?: (parameterNames: readonly string[]) => readonly [before: string, after: string]
}

/**
 * Rewrites a script: one expression, or statements of which the last is one, that gives what `pipy()` returned.
 * @throws SCRIPT_SYNTAX with the place, the line and a caret
 */
export function rewriteScript(source: string, options: RewriteOptions): RewrittenScript {
  const { file, wrap } = options
  const program = parseScript(source, file)
  const scopeName = unusedName('$scope', source)
  const text = new MagicString(source)
  returnResult(text, program, source, file)
  carryContextOverPromises(text, program, scopeName, (message, node) => syntaxError(message, source, file, node.start))

  const { names: declared } = findDeclaredVariables(program)
  const names = findFreeNames(program)
  const isGlobal = ({ name }: { name: string }): boolean => KNOWN_GLOBALS.has(name) && !declared.has(name)
  const contextNames = names.filter(({ identifier }) => identifier.name !== '__filename' && !isGlobal(identifier))
  const globalNames = names.filter(({ identifier }) => isGlobal(identifier))
  for (const use of names) refuseChange(use, isGlobal(use.identifier), source, file)
  replaceNames(text, names, globalNames, (name) =>
    name === '__filename' ? modulePath(file) : `${scopeName}.context.${name}`,
  )
  guardStatements(text, program, contextNames)

  const parameterNames = [scopeName, ...SCRIPT_GLOBAL_NAMES]
  const [before, after] = wrap?.(parameterNames) ?? ['', '']
  text.prepend(before).append(after)
  return {
    file,
    source,
    code: text.toString(),
    map: text.generateMap({ source: file, includeContent: true, hires: 'boundary' }),
    parameterNames,
    // `typeof _x` asks whether there is such a name; alone it does not demand one.
    contextNames: firstUses(
      contextNames.filter(({ role }) => role !== 'typeof'),
      source,
      file,
    ),
    globalNames: firstUses(globalNames, source, file),
    declaredNames: [...declared],
  }
}

/** Makes the last statement the function's result, and a first line `#!…` a comment. */
function returnResult(text: MagicString, program: Program, source: string, file: string): void {
  const last = program.body.at(-1)
  if (last?.type !== 'ExpressionStatement') {
    const state = last === undefined ? 'it is empty' : 'its last statement is no expression'
    throw syntaxError(
      `Cannot use script: ${state}; expected pipy({ … }) and its pipelines`,
      source,
      file,
      last?.start ?? 0,
    )
  }
  if (source.startsWith('#!')) text.update(0, 2, '//')
  const [first] = program.body
  // A block of its own, so that a declaration may have the name of a parameter.
  if (first !== undefined && first !== last) {
    text.appendRight(first.start, '{ ').prependLeft(last.end, ' }')
  }
  const end = source[last.end - 1] === ';' ? last.end - 1 : last.end
  text.appendRight(last.start, 'return (').prependLeft(end, ')')
}

function replaceNames(
  text: MagicString,
  names: readonly FreeName[],
  globalNames: readonly FreeName[],
  replacementOf: (name: string) => string,
): void {
  const globals = new Set(globalNames)
  for (const use of names) {
    if (globals.has(use)) continue
    const { start, end, name } = use.identifier
    const replacement = replacementOf(name)
    // A plain call of a variable stays one: `$scope.context._f()` would pass the context as `this`.
    const value = use.role === 'call' ? `(0, ${replacement})` : replacement
    text.update(start, end, use.isShorthand ? `${name}: ${value}` : value)
  }
}

/** A statement that now begins with `(` must not become the arguments of the line above it. */
function guardStatements(text: MagicString, program: Program, contextNames: readonly FreeName[]): void {
  const calls = new Set(contextNames.filter(({ role }) => role === 'call').map(({ identifier }) => identifier.start))
  const result = program.body.at(-1)
  walk(program, (node) => {
    for (const statement of statementsOf(node)) {
      if (statement !== result && calls.has(statement.start)) text.appendRight(statement.start, ';')
    }
  })
}

function statementsOf(node: AnyNode): readonly (Statement | AnyNode)[] {
  if (node.type === 'Program' || node.type === 'BlockStatement' || node.type === 'StaticBlock') return node.body
  return node.type === 'SwitchCase' ? node.consequent : []
}

function refuseChange({ identifier, role }: FreeName, isGlobal: boolean, source: string, file: string): void {
  const { name, start } = identifier
  if (role === 'delete') {
    throw syntaxError(`Cannot delete "${name}": only properties can be deleted`, source, file, start)
  }
  const isFixed = isGlobal || name === '__filename' || name === '__inbound'
  if (role === 'write' && isFixed) {
    const remedy = isGlobal
      ? 'it is a global; declare a variable of that name in pipy({ … })'
      : 'it is not for changing'
    throw syntaxError(`Cannot assign to "${name}": ${remedy}`, source, file, start)
  }
}

function firstUses(names: readonly FreeName[], source: string, file: string): NameUse[] {
  const uses = new Map<string, NameUse>()
  for (const { identifier } of names) {
    if (uses.has(identifier.name)) continue
    const { line, column } = locationAt(source, file, identifier.start)
    uses.set(identifier.name, { name: identifier.name, line, column })
  }
  return [...uses.values()]
}

/** The path that Pipy gives as `__filename`: from the folder that the script lies in. */
function modulePath(file: string): string {
  return JSON.stringify(`/${file.split(/[\\/]/).at(-1) ?? ''}`)
}

function unusedName(name: string, source: string): string {
  return source.includes(name) ? unusedName(`${name}_`, source) : name
}
