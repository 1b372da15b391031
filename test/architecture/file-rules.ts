import { basename } from 'node:path'
import type { SourceFile } from './source-file.ts'
import type { SourceTree } from './source-tree.ts'

const MAX_LINES = 400
const AIMED_LINES = 300
const FORBIDDEN_WORDS = ['util', 'utils', 'utility', 'utilities', 'helper', 'helpers', 'common', 'misc', 'stuff']

/** Files that have several main exports on purpose, by path, each with its reason. */
export type MeantSeveral = Readonly<Record<string, string>>

/** Files are short enough to read in one sitting. */
export function checkFileLength(tree: SourceTree): string[] {
  return [...tree.values()]
    .filter(({ lineCount }) => lineCount > MAX_LINES)
    .map(({ path, lineCount }) => `${path} has ${lineCount} lines: at most ${MAX_LINES}; split it at a seam`)
}

/** Files that are longer than aimed at, the longest first: where to look for a seam before it becomes a failure. */
export function findLongFiles(tree: SourceTree): string[] {
  return [...tree.values()]
    .filter(({ lineCount }) => lineCount > AIMED_LINES)
    .sort((a, b) => b.lineCount - a.lineCount)
    .map(({ path, lineCount }) => `${path} (${lineCount} lines)`)
}

/** File and folder names are kebab-case words that say what is inside. */
export function checkFileNames(paths: Iterable<string>): string[] {
  const violations: string[] = []
  for (const path of paths) {
    for (const part of path.split('/')) {
      const words = part.replace(/(?:\.[a-z]+)+$/, '')
      if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(words)) {
        violations.push(`${path}: "${part}" is not kebab-case; name it for its one main export, as demux-http.ts`)
      }
      const forbidden = words.split('-').find((word) => FORBIDDEN_WORDS.includes(word))
      if (forbidden !== undefined) {
        violations.push(`${path}: "${forbidden}" says nothing; name the file for its subject`)
      }
    }
  }
  return violations
}

/** A file has one function or class that others use, and is named for it. Types beside it are free. */
export function checkMainExports(tree: SourceTree, meant: MeantSeveral = {}): string[] {
  const violations: string[] = []
  for (const file of tree.values()) {
    if (!file.path.startsWith('src/') || basename(file.path) === 'index.ts') continue
    const names = mainExports(file)
    if (names.length > 1 && !Object.hasOwn(meant, file.path)) {
      violations.push(`${file.path} exports ${names.join(', ')}: one function or class per file; split it`)
    }
    const [name] = names
    if (names.length === 1 && name !== undefined && !isNamedFor(file.path, name)) {
      violations.push(`${file.path} exports ${name}: name the file for it`)
    }
  }
  for (const path of Object.keys(meant)) {
    const file = tree.get(path)
    if (file === undefined || mainExports(file).length < 2)
      violations.push(`${path} needs no exception: take it off the list`)
  }
  return violations
}

/** `start-line.ts` for `readStartLine`, `errors.ts` for `ProxyError`: the two names have a word in common. */
function isNamedFor(path: string, name: string): boolean {
  const words = basename(path, '.ts').split('-')
  return words.some((word) => name.toLowerCase().includes(word.replace(/s$/, '')))
}

function mainExports(file: SourceFile): string[] {
  const names = file.exports.filter(({ kind }) => kind === 'function' || kind === 'class').map(({ name }) => name)
  return [...new Set(names)]
}
