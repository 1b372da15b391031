import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSourceFile, type SourceFile } from './source-file.ts'

/** The project's folder. */
export const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url))

/** Source files by their path from the project's folder. */
export type SourceTree = ReadonlyMap<string, SourceFile>

/** The project's files that match a glob, by path. */
export function readTexts(...patterns: readonly string[]): Map<string, string> {
  const exclude = (name: string): boolean => /(?:^|[\\/])(?:node_modules|dist|coverage|\.git|\.wrangler)$/.test(name)
  const paths = globSync([...patterns], { cwd: PROJECT_FOLDER, exclude }).map((path) => path.replaceAll('\\', '/'))
  return new Map(paths.sort().map((path) => [path, readFileSync(join(PROJECT_FOLDER, path), 'utf8')]))
}

/** Parses files that are given by path, as in a test of a rule, or come from `readTexts`. */
export function createSourceTree(texts: Iterable<readonly [path: string, text: string]>): SourceTree {
  const tree = new Map<string, SourceFile>()
  for (const [path, text] of texts) tree.set(path, readSourceFile(path, text))
  return tree
}

/** The path that a relative import leads to; undefined for packages and `node:` modules. */
export function resolveImport(importer: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(importer), specifier) : undefined
}

/** The package that a bare import names: `@scope/name` of `@scope/name/part`. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
