import { resolveImport, type SourceTree } from './source-tree.ts'

/** Files that import each other in a circle at run time. Type-only imports are gone by then and do not count. */
export function checkImportCycles(tree: SourceTree): string[] {
  const finished = new Set<string>()
  const violations: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      const circle = [...trail.slice(start), path].join(' → ')
      violations.push(`${circle}: imports form a circle; move what they share into a file that imports neither`)
      return
    }
    if (finished.has(path)) return
    for (const { specifier, isTypeOnly } of tree.get(path)?.imports ?? []) {
      const target = resolveImport(path, specifier)
      if (!isTypeOnly && target !== undefined) visit(target, [...trail, path])
    }
    finished.add(path)
  }
  for (const path of tree.keys()) visit(path, [])
  return violations
}
