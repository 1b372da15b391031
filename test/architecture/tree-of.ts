import { createSourceTree, type SourceTree } from './source-tree.ts'

/** A tree of a few files, by path, to show to a rule. */
export function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  return createSourceTree(Object.entries(texts))
}
