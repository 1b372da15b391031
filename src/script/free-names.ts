/**
 * Scope analysis: which names of a script are declared nowhere in it. Declarations are collected on the way down and
 * names are resolved at the end, because `var`, functions and classes may be used above the line that declares them.
 */
import type {
  AnyNode,
  AssignmentProperty,
  Class,
  ForInStatement,
  ForOfStatement,
  Identifier,
  Property,
  VariableDeclaration,
} from 'acorn'
import { childrenOf } from './syntax-tree.ts'

/** How a free name is used: a call of it must not pass the context as `this`, a write may be forbidden. */
export type NameRole = 'read' | 'write' | 'call' | 'typeof' | 'delete'

/** One use of a name that the script does not declare. */
export interface FreeName {
  readonly identifier: Identifier
  readonly role: NameRole
  /** It stands for key and value at once: `{ _x }`. */
  readonly isShorthand: boolean
}

type FunctionType = 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression'
type AnyFunction = Extract<AnyNode, { type: FunctionType }>

/** All uses of free names, in the order of the source. */
export function findFreeNames(program: AnyNode): FreeName[] {
  const finder = new FreeNameFinder()
  finder.visit(program, new Scope(undefined, true))
  return finder.freeNames().toSorted((a, b) => a.identifier.start - b.identifier.start)
}

class Scope {
  readonly #names = new Set<string>()
  readonly #parent: Scope | undefined
  readonly #isFunction: boolean

  constructor(parent: Scope | undefined, isFunction: boolean) {
    this.#parent = parent
    this.#isFunction = isFunction
  }

  /** The nearest scope that `var` declares in. */
  get functionScope(): Scope {
    return this.#isFunction || this.#parent === undefined ? this : this.#parent.functionScope
  }

  declare(name: string): void {
    this.#names.add(name)
  }

  has(name: string): boolean {
    return this.#names.has(name) || (this.#parent?.has(name) ?? false)
  }
}

class FreeNameFinder {
  readonly #uses: { readonly use: FreeName; readonly scope: Scope }[] = []

  freeNames(): FreeName[] {
    return this.#uses.filter(({ use, scope }) => !scope.has(use.identifier.name)).map(({ use }) => use)
  }

  visit(node: AnyNode, scope: Scope, role: NameRole = 'read'): void {
    switch (node.type) {
      case 'Identifier':
        return this.#use(node, role, scope)
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#visitFunction(node, scope)
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.#visitClass(node, scope)
      case 'VariableDeclaration':
        return this.#visitDeclaration(node, scope)
      case 'Property':
        return this.#visitProperty(node, scope, role)
      default:
        if (!this.#visitScope(node, scope)) this.#visitUse(node, scope)
    }
  }

  /** Nodes that open a scope of their own. */
  #visitScope(node: AnyNode, scope: Scope): boolean {
    switch (node.type) {
      case 'BlockStatement':
      case 'ForStatement':
        this.#visitAll(childrenOf(node), new Scope(scope, false))
        return true
      case 'SwitchStatement':
        this.visit(node.discriminant, scope)
        this.#visitAll(node.cases, new Scope(scope, false))
        return true
      case 'StaticBlock':
        this.#visitAll(childrenOf(node), new Scope(scope, true))
        return true
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#visitForEach(node, new Scope(scope, false))
        return true
      case 'CatchClause': {
        const own = new Scope(scope, false)
        if (node.param) declareNames(node.param, own)
        this.#visitAll(childrenOf(node), own)
        return true
      }
      default:
        return false
    }
  }

  /** Nodes in which some identifiers are no names, or have a role. */
  #visitUse(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'MemberExpression':
        return this.#visitAll(node.computed ? [node.object, node.property] : [node.object], scope)
      case 'MethodDefinition':
      case 'PropertyDefinition':
        if (node.computed) this.visit(node.key, scope)
        if (node.value) this.visit(node.value, scope)
        return
      case 'LabeledStatement':
        return this.visit(node.body, scope)
      case 'MetaProperty':
      case 'BreakStatement':
      case 'ContinueStatement':
        return
      default:
        for (const child of childrenOf(node)) this.visit(child, scope, roleOf(child, node))
    }
  }

  #visitAll(nodes: readonly AnyNode[], scope: Scope): void {
    for (const node of nodes) this.visit(node, scope)
  }

  #visitFunction(node: AnyFunction, scope: Scope): void {
    const own = new Scope(scope, true)
    if (node.type === 'FunctionDeclaration' && node.id) {
      // In sloppy mode a function declared in a block is seen in the whole function as well.
      scope.declare(node.id.name)
      scope.functionScope.declare(node.id.name)
    } else if (node.type === 'FunctionExpression' && node.id) own.declare(node.id.name)
    if (node.type !== 'ArrowFunctionExpression') own.declare('arguments')
    for (const parameter of node.params) {
      declareNames(parameter, own)
      this.visit(parameter, own)
    }
    if (node.body.type === 'BlockStatement') this.#visitAll(node.body.body, new Scope(own, true))
    else this.visit(node.body, own)
  }

  #visitClass(node: Class & AnyNode, scope: Scope): void {
    const own = new Scope(scope, false)
    if (node.id) {
      if (node.type === 'ClassDeclaration') scope.declare(node.id.name)
      own.declare(node.id.name)
    }
    this.#visitAll(childrenOf(node), own)
  }

  #visitDeclaration(node: VariableDeclaration, scope: Scope): void {
    for (const { id, init } of node.declarations) {
      declareNames(id, node.kind === 'var' ? scope.functionScope : scope)
      this.visit(id, scope)
      if (init) this.visit(init, scope)
    }
  }

  #visitForEach(node: ForInStatement | ForOfStatement, scope: Scope): void {
    this.visit(node.left, scope, 'write')
    this.visit(node.right, scope)
    this.visit(node.body, scope)
  }

  #visitProperty(node: Property | AssignmentProperty, scope: Scope, role: NameRole): void {
    if (node.computed) this.visit(node.key, scope)
    if (!node.shorthand) return this.visit(node.value, scope, role)
    if (node.value.type === 'Identifier') return this.#use(node.value, role, scope, true)
    if (node.value.type !== 'AssignmentPattern') return
    if (node.value.left.type === 'Identifier') this.#use(node.value.left, 'write', scope, true)
    this.visit(node.value.right, scope)
  }

  #use(identifier: Identifier, role: NameRole, scope: Scope, isShorthand = false): void {
    this.#uses.push({ use: { identifier, role, isShorthand }, scope })
  }
}

/** What a parent makes of an identifier that is its child. */
function roleOf(child: AnyNode, parent: AnyNode): NameRole {
  switch (parent.type) {
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return child === parent.left ? 'write' : 'read'
    case 'UpdateExpression':
    case 'ArrayPattern':
    case 'ObjectPattern':
    case 'RestElement':
      return 'write'
    case 'CallExpression':
      return child === parent.callee ? 'call' : 'read'
    case 'TaggedTemplateExpression':
      return child === parent.tag ? 'call' : 'read'
    case 'UnaryExpression':
      return parent.operator === 'typeof' || parent.operator === 'delete' ? parent.operator : 'read'
    default:
      return 'read'
  }
}

function declareNames(pattern: AnyNode, scope: Scope): void {
  switch (pattern.type) {
    case 'Identifier':
      return scope.declare(pattern.name)
    case 'AssignmentPattern':
      return declareNames(pattern.left, scope)
    case 'Property':
      return declareNames(pattern.value, scope)
    case 'ArrayPattern':
    case 'ObjectPattern':
    case 'RestElement':
      for (const child of childrenOf(pattern)) declareNames(child, scope)
  }
}
