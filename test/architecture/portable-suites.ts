import { createSourceTree, readTexts, resolveImport, type SourceTree } from './source-tree.ts'

/** The folders of the core, whose suites run inside workerd as well. */
export const CORE_SUITES =
  'test/{algorithms,configuration,engine,errors,events,fetch,filters,http,script,streams}/**/*.test.ts'

/** The core's suites that need nothing of Node: those that run in workerd. */
export function findPortableSuites(): string[] {
  const tree = createSourceTree(readTexts('test/**/*.ts'))
  const suites = [...readTexts(CORE_SUITES).keys()]
  return suites.filter((path) => isPortable(path, tree))
}

/**
 * Whether a suite and what it imports from the tests use no `node:` module, no adapter, and no `vi.mock`, which workerd
 * does not support.
 */
export function isPortable(suite: string, tree: SourceTree, seen: Set<string> = new Set()): boolean {
  if (seen.has(suite)) return true
  seen.add(suite)
  const file = tree.get(suite)
  if (file === undefined) return true
  if (/\bvi\.(?:mock|doMock)\(/.test(file.text)) return false
  return file.imports.every(({ specifier, isTypeOnly }) => {
    if (isTypeOnly) return true
    const target = resolveImport(suite, specifier)
    if (target === undefined) return !/^(?:node:|sluice\/node$)/.test(specifier)
    return !target.startsWith('adapters/') && isPortable(target, tree, seen)
  })
}
