/** A node of the syntax tree, as ESTree and its TypeScript form have it. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** What an identifier is in its parent: something declared, a value that is read or written, or only a label. */
export type Role = 'declaration' | 'value' | 'label'

export interface Child {
  readonly node: Node
  readonly role: Role
}

/** TypeScript's expressions that have a value; every other TypeScript node is about types. */
const TYPED_EXPRESSIONS = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'TSTypeAssertion'])
const FUNCTION_TYPES = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const LABELLED_FIELDS: Readonly<Record<string, string>> = {
  MemberExpression: 'property',
  Property: 'key',
  MethodDefinition: 'key',
  PropertyDefinition: 'key',
  AccessorProperty: 'key',
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** The nodes directly below, without those that are only about types. Identifiers come with their role. */
export function childrenOf(node: Node): Child[] {
  if (isOnlyTypes(node)) return []
  const children: Child[] = []
  for (const [field, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child) || isOnlyTypes(child)) continue
      children.push(
        ...(node.type === 'ObjectPattern' ? patternPart(child) : [{ node: child, role: roleOf(child, node, field) }]),
      )
    }
  }
  return children
}

/** What `{ key: part }` in a pattern declares. */
function patternPart(property: Node): Child[] {
  if (property.type !== 'Property') return [{ node: property, role: 'label' }]
  const part = property['value'] as Node
  const key = property['key'] as Node
  const computed: Child[] = property['computed'] === true ? [{ node: key, role: roleOf(key, property, 'key') }] : []
  return [...computed, { node: part, role: part.type === 'Identifier' ? 'declaration' : 'label' }]
}

function isOnlyTypes(node: Node): boolean {
  if (node.type === 'ImportDeclaration') return node['importKind'] === 'type'
  return node.type.startsWith('TS') && !TYPED_EXPRESSIONS.has(node.type)
}

function roleOf(node: Node, parent: Node, field: string): Role {
  if (node.type !== 'Identifier') return 'label'
  if (LABELLED_FIELDS[parent.type] === field && parent['computed'] === false) return 'label'
  if (/^(?:Import|Export)\w*Specifier$/.test(parent.type)) return field === 'local' ? 'declaration' : 'label'
  if (/^(?:Labeled|Break|Continue)Statement$/.test(parent.type) || parent.type === 'MetaProperty') return 'label'
  const isDeclared =
    (parent.type === 'VariableDeclarator' && field === 'id') ||
    (parent.type === 'CatchClause' && field === 'param') ||
    parent.type === 'RestElement' ||
    parent.type === 'ArrayPattern' ||
    (parent.type === 'AssignmentPattern' && field === 'left') ||
    (FUNCTION_TYPES.has(parent.type) && (field === 'params' || field === 'id')) ||
    (/^Class(?:Declaration|Expression)$/.test(parent.type) && field === 'id')
  return isDeclared ? 'declaration' : 'value'
}
