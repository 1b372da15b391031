import type { AnyNode, CallExpression } from 'acorn'
import { walk } from './syntax-tree.ts'

/**
 * The context variables that a script declares in plain sight: keys of the object literals given to `pipy({…})`,
 * `pipy(() => ({…}))` and `.export('namespace', {…})`. Keys that are computed or spread are known when the script ran.
 */
export function findDeclaredVariables(program: AnyNode): Set<string> {
  const names = new Set<string>()
  walk(program, (node) => {
    if (node.type !== 'CallExpression') return
    const literal = variablesOf(node)
    if (literal !== undefined) addKeys(literal, names)
  })
  return names
}

function variablesOf({ callee, arguments: values }: CallExpression): AnyNode | undefined {
  if (callee.type === 'Identifier' && callee.name === 'pipy') return values[0]
  const isExport =
    callee.type === 'MemberExpression' && callee.property.type === 'Identifier' && callee.property.name === 'export'
  return isExport ? values[1] : undefined
}

function addKeys(value: AnyNode, names: Set<string>): void {
  switch (value.type) {
    case 'ObjectExpression':
      for (const property of value.properties) {
        if (property.type !== 'Property' || property.computed) continue
        if (property.key.type === 'Identifier') names.add(property.key.name)
        else if (property.key.type === 'Literal') names.add(String(property.key.value))
      }
      return
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      if (value.body.type !== 'BlockStatement') return addKeys(value.body, names)
      for (const statement of value.body.body) {
        if (statement.type === 'ReturnStatement' && statement.argument) addKeys(statement.argument, names)
      }
  }
}
