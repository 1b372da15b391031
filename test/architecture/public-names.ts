import { resolveImport, type SourceTree } from './source-tree.ts'

/** The names that a door opens, each with what it is: `class Message`, `type Head`, `class algo.Cache`. */
export function findPublicNames(tree: SourceTree, door: string, prefix = ''): string[] {
  const names = new Set<string>()
  for (const { name, kind, from, originalName } of tree.get(door)?.exports ?? []) {
    const source = from === undefined ? undefined : resolveImport(door, from)
    if (source === undefined) names.add(`${kind} ${prefix}${name}`)
    else if (kind === 'type') names.add(`type ${prefix}${name}`)
    else if (originalName !== '*') names.add(`${kindIn(tree, source, originalName)} ${prefix}${name}`)
    else
      for (const nested of findPublicNames(tree, source, name === '*' ? prefix : `${prefix}${name}.`)) names.add(nested)
  }
  return [...names].sort((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1))
}

function kindIn(tree: SourceTree, path: string, name: string): string {
  const found = tree.get(path)?.exports.find((exported) => exported.name === name)
  if (found === undefined) return 'missing'
  if (found.kind === 'type') return 'type'
  const source = found.from === undefined ? undefined : resolveImport(path, found.from)
  return source === undefined ? found.kind : kindIn(tree, source, found.originalName)
}

function nameIn(entry: string): string {
  return entry.slice(entry.indexOf(' ') + 1)
}
