/**
 * What the rules need to know of a source file: its imports, its exports, its comments and the global names it uses.
 * Vite's parser reads TypeScript, so nothing here guesses from the text.
 */
import { parseSync } from 'vite'
import { childrenOf, isNode, type Node } from './syntax-node.ts'

/** One `import` or `export … from`, or a dynamic import or `require` of a constant. */
export interface ImportedModule {
  readonly specifier: string
  readonly line: number
  /** The whole statement is about types: nothing of it is left at run time. */
  readonly isTypeOnly: boolean
}

/** What is exported; `reexport` comes from another module, `reference` names a declaration made elsewhere in the file. */
export type ExportKind = 'function' | 'class' | 'const' | 'type' | 'default' | 'reexport' | 'reference'

export interface ExportedName {
  /** `*` for `export * from`. */
  readonly name: string
  readonly kind: ExportKind
  readonly line: number
  readonly isDocumented: boolean
  /** Where it comes from, when that is another module. */
  readonly from: string | undefined
  /** What it is called there; `*` for a whole module. */
  readonly originalName: string
}

/** A name or a place that a rule may complain of. */
export interface NamedLine {
  readonly name: string
  readonly line: number
}

export interface SourceFile {
  /** From the project's folder, with `/`. */
  readonly path: string
  readonly text: string
  readonly lineCount: number
  readonly imports: readonly ImportedModule[]
  readonly exports: readonly ExportedName[]
  /** Comments without their delimiters. */
  readonly comments: readonly NamedLine[]
  /** Global names used as values: `process`, and with one member where it is a plain one: `Date.now`. */
  readonly globals: readonly NamedLine[]
  /** String literals, without template strings. */
  readonly strings: readonly NamedLine[]
  /** Members without a doc comment of exported interfaces and types whose name ends in `Options`. */
  readonly undocumentedOptions: readonly NamedLine[]
}

/**
 * Reads one file.
 * @throws Error when the text does not parse
 */
export function readSourceFile(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`Cannot parse ${path}: ${error.message}`)
  const reader = new Reader(text, comments)
  const statements = (program as unknown as { body: readonly Node[] }).body
  for (const statement of statements) reader.readStatement(statement)
  reader.readNames(program as unknown as Node)
  return {
    path,
    text,
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: reader.imports,
    exports: reader.exports,
    comments: comments.map((comment) => ({ name: comment.value, line: reader.lineAt(comment.start) })),
    globals: reader.globals(),
    strings: reader.strings,
    undocumentedOptions: reader.undocumentedOptions,
  }
}

interface ParsedComment {
  readonly type: string
  readonly value: string
  readonly start: number
  readonly end: number
}

class Reader {
  readonly imports: ImportedModule[] = []
  readonly exports: ExportedName[] = []
  readonly strings: NamedLine[] = []
  readonly undocumentedOptions: NamedLine[] = []
  readonly #text: string
  readonly #docEnds: readonly number[]
  readonly #declared = new Set<string>()
  readonly #uses: NamedLine[] = []

  constructor(text: string, comments: readonly ParsedComment[]) {
    this.#text = text
    this.#docEnds = comments
      .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
      .map(({ end }) => end)
  }

  lineAt(offset: number): number {
    return this.#text.slice(0, offset).split('\n').length
  }

  readStatement(node: Node): void {
    if (node.type === 'ImportDeclaration') this.#addImport(node, node['importKind'] === 'type')
    if (node.type === 'ExportAllDeclaration') {
      const exported = node['exported'] as Node | null
      this.#addImport(node, node['exportKind'] === 'type')
      this.#addExport(node, exported === null ? '*' : nameOf(exported), 'reexport', sourceOf(node), '*')
    }
    if (node.type === 'ExportDefaultDeclaration') this.#addExport(node, 'default', 'default')
    if (node.type === 'ExportNamedDeclaration') this.#readNamedExport(node)
  }

  /** The uses that no declaration in the file explains. */
  globals(): NamedLine[] {
    return this.#uses.filter(({ name }) => !this.#declared.has(name.split('.')[0] ?? ''))
  }

  /** Walks the whole file for string literals, dynamic imports, declared names and used ones. */
  readNames(node: Node): void {
    if (node.type === 'Literal' && typeof node['value'] === 'string') {
      this.strings.push({ name: node['value'], line: this.lineAt(node.start) })
    }
    if (node.type === 'ImportExpression') {
      const source = node['source'] as Node
      if (typeof source['value'] === 'string') {
        this.imports.push({ specifier: source['value'], line: this.lineAt(node.start), isTypeOnly: false })
      }
    }
    if (node.type === 'CallExpression' && nameOf(node['callee'] as Node) === 'require') this.#addRequired(node)
    for (const child of childrenOf(node)) {
      if (child.role === 'declaration') this.#declared.add(nameOf(child.node))
      if (child.role === 'value')
        this.#uses.push({ name: nameWithMember(child.node, node), line: this.lineAt(child.node.start) })
      this.readNames(child.node)
    }
  }

  #readNamedExport(node: Node): void {
    const declaration = node['declaration'] as Node | null
    const from = node['source'] === null ? undefined : sourceOf(node)
    if (from !== undefined) this.#addImport(node, node['exportKind'] === 'type')
    for (const specifier of node['specifiers'] as readonly Node[]) {
      const isType = node['exportKind'] === 'type' || specifier['exportKind'] === 'type'
      const kind = from === undefined ? 'reference' : isType ? 'type' : 'reexport'
      this.#addExport(node, nameOf(specifier['exported'] as Node), kind, from, nameOf(specifier['local'] as Node))
    }
    if (declaration === null) return
    if (declaration.type !== 'VariableDeclaration') {
      const name = nameOf(declaration['id'] as Node)
      this.#addExport(node, name, kindOf(declaration))
      if (name.endsWith('Options')) this.#readOptions(declaration)
      return
    }
    for (const declarator of declaration['declarations'] as readonly Node[]) {
      const init = declarator['init'] as Node | null
      const id = declarator['id'] as Node
      if (id.type !== 'Identifier') continue
      this.#addExport(node, nameOf(id), init !== null && isFunction(init) ? 'function' : 'const')
    }
  }

  #readOptions(declaration: Node): void {
    const body = (declaration['body'] ?? declaration['typeAnnotation']) as Node | null
    const members = (body?.['body'] ?? body?.['members'] ?? []) as unknown
    if (!Array.isArray(members)) return
    for (const member of members.filter(isNode)) {
      if (this.#isDocumented(member) || !isNode(member['key'])) continue
      const name = `${nameOf(declaration['id'] as Node)}.${nameOf(member['key'])}`
      this.undocumentedOptions.push({ name, line: this.lineAt(member.start) })
    }
  }

  #addImport(node: Node, isTypeOnly: boolean): void {
    this.imports.push({ specifier: sourceOf(node), line: this.lineAt(node.start), isTypeOnly })
  }

  #addRequired(call: Node): void {
    const [source] = call['arguments'] as readonly Node[]
    if (typeof source?.['value'] !== 'string') return
    this.imports.push({ specifier: source['value'], line: this.lineAt(call.start), isTypeOnly: false })
  }

  #addExport(node: Node, name: string, kind: ExportKind, from?: string, originalName = name): void {
    const line = this.lineAt(node.start)
    this.exports.push({ name, kind, line, isDocumented: this.#isDocumented(node), from, originalName })
  }

  #isDocumented(node: Node): boolean {
    return this.#docEnds.some((end) => end <= node.start && this.#text.slice(end, node.start).trim() === '')
  }
}

function kindOf(declaration: Node): ExportKind {
  if (declaration.type === 'ClassDeclaration') return 'class'
  return isFunction(declaration) ? 'function' : 'type'
}

function isFunction(node: Node): boolean {
  return ['FunctionDeclaration', 'TSDeclareFunction', 'ArrowFunctionExpression', 'FunctionExpression'].includes(
    node.type,
  )
}

function nameOf(node: Node): string {
  return String(node['name'] ?? node['value'])
}

function sourceOf(node: Node): string {
  return String((node['source'] as Node)['value'])
}

function nameWithMember(node: Node, parent: Node): string {
  const isObject = parent.type === 'MemberExpression' && parent['object'] === node && parent['computed'] === false
  return isObject ? `${nameOf(node)}.${nameOf(parent['property'] as Node)}` : nameOf(node)
}
