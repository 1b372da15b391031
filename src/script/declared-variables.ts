import type { AnyNode, CallExpression } from 'acorn'
import { walk } from './syntax-tree.ts'

/** What a script declares in plain sight. */
export interface DeclaredVariables {
  readonly names: Set<string>
  /** There are no others: no key is computed or spread, no object comes from elsewhere, and nothing hides a call. */
  readonly isComplete: boolean
}

/**
 * The context variables that a script declares in plain sight: keys of the object literals given to `pipy({…})`,
 * `pipy(() => ({…}))` and `.export('namespace', {…})`. Keys that are computed or spread are known when the script ran.
 */
export function findDeclaredVariables(program: AnyNode): DeclaredVariables {
  const names = new Set<string>()
  const plainUses = new Set<AnyNode>()
  let isComplete = true
  walk(program, (node) => {
    if (node.type === 'MemberExpression') plainUses.add(node.object)
    if (node.type === 'CallExpression') {
      plainUses.add(node.callee)
      const literal = variablesOf(node)
      if (literal !== undefined && !addKeys(literal, names)) isComplete = false
    }
    // Under another name they would not be seen: `const p = pipy`, `p({})['export']('n', {})`.
    if (node.type === 'Identifier' && node.name === 'pipy' && !plainUses.has(node)) isComplete = false
    if (node.type === 'Literal' && node.value === 'export') isComplete = false
  })
  return { names, isComplete }
}

function variablesOf({ callee, arguments: values }: CallExpression): AnyNode | undefined {
  if (callee.type === 'Identifier' && callee.name === 'pipy') return values[0]
  const isExport =
    callee.type === 'MemberExpression' && callee.property.type === 'Identifier' && callee.property.name === 'export'
  return isExport ? values[1] : undefined
}

/** @returns whether these are all keys that the value will have */
function addKeys(value: AnyNode, names: Set<string>): boolean {
  switch (value.type) {
    case 'ObjectExpression':
      // Each of them, also behind one that is computed.
      return value.properties.map((property) => addKey(property, names)).every(Boolean)
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      if (value.body.type !== 'BlockStatement') return addKeys(value.body, names)
      for (const statement of value.body.body) {
        if (statement.type === 'ReturnStatement' && statement.argument) addKeys(statement.argument, names)
      }
  }
  return false
}

function addKey(property: AnyNode, names: Set<string>): boolean {
  if (property.type !== 'Property' || property.computed) return false
  if (property.key.type === 'Identifier') names.add(property.key.name)
  else if (property.key.type === 'Literal') names.add(String(property.key.value))
  return true
}
