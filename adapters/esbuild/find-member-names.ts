import { type AnyNode, parse } from 'acorn'
import { walk } from '../../src/script/syntax-tree.ts'

/**
 * The names that a module may read from an object: those behind a dot, those it takes objects apart by, and every text in
 * it, which may be one. What it only declares or imports is none.
 * @param code JavaScript
 * @throws SyntaxError for what is none
 */
export function findMemberNames(code: string): Set<string> {
  const names = new Set<string>()
  const add = (key: AnyNode): void => {
    if (key.type === 'Identifier') names.add(key.name)
  }
  walk(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    if (node.type === 'MemberExpression' && !node.computed) add(node.property)
    // Data may name what is called later; a method is only declared.
    else if (node.type === 'Property' && !node.computed && !node.method) add(node.key)
    else if (node.type === 'Literal' && typeof node.value === 'string') names.add(node.value)
    else if (node.type === 'TemplateElement') names.add(node.value.cooked ?? node.value.raw)
  })
  return names
}
