import type { AnyNode, CallExpression } from 'acorn'
import { findFreeNames } from './free-names.ts'
import { walk } from './syntax-tree.ts'

/** A use of a member of one of the script's globals: `pipy.load`. */
export interface MemberUse {
  readonly object: string
  readonly member: string
  readonly node: AnyNode
  /** The call of it; undefined when it is used in another way. */
  readonly call: CallExpression | undefined
  /** The call's first argument, when it is a string that is written out. */
  readonly path: string | undefined
}

/** What a script uses, as far as its text tells: what a runtime without files and evaluation has to know. */
export interface ScriptUses {
  readonly members: readonly MemberUse[]
  /** Calls of `Function`, with and without `new`. */
  readonly evaluations: readonly AnyNode[]
  /** What `listen` is called with: a port, or undefined where the text does not tell. */
  readonly listenPorts: readonly (number | undefined)[]
}

/** Finds what a script uses. */
export function findScriptUses(program: AnyNode): ScriptUses {
  const free = new Map<AnyNode, string>(findFreeNames(program).map(({ identifier }) => [identifier, identifier.name]))
  const calls = new Map<AnyNode, CallExpression>()
  const members: MemberUse[] = []
  const evaluations: AnyNode[] = []
  const listenPorts: (number | undefined)[] = []
  walk(program, (node) => {
    if (node.type === 'CallExpression' || node.type === 'NewExpression') {
      if (free.get(node.callee) === 'Function') evaluations.push(node.callee)
    }
    if (node.type === 'CallExpression') {
      calls.set(node.callee, node)
      // Of a chain of calls the last one is the outermost.
      if (memberOf(node.callee) === 'listen') listenPorts.unshift(readPort(node.arguments[0]))
    }
    const member = memberOf(node)
    const object = node.type === 'MemberExpression' ? free.get(node.object) : undefined
    if (member === undefined || object === undefined) return
    const call = calls.get(node)
    members.push({ object, member, node, call, path: textOf(call?.arguments[0]) })
  })
  return { members, evaluations, listenPorts }
}

function memberOf(node: AnyNode): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  if (node.computed) return textOf(node.property)
  return node.property.type === 'Identifier' ? node.property.name : undefined
}

/** The text of a string that is written out, with quotes or backticks. */
function textOf(node: AnyNode | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node?.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined
  return node.quasis[0]?.value.cooked ?? undefined
}

/** Of `8000`, `'8000'`, `'127.0.0.1:8000'`. */
function readPort(node: AnyNode | undefined): number | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'number') return node.value
  const [, port] = /(?:^|:)(\d+)$/.exec(textOf(node) ?? '') ?? []
  return port === undefined ? undefined : Number(port)
}
