import type { SourceTree } from './source-tree.ts'

const CODE_FORM = /^[A-Z]+(?:_[A-Z]+)+$/

/** The errors' table: the one file that may hold a code that nothing else names. */
const TABLE = 'src/errors.ts'

/**
 * Every code of the table is thrown or told apart somewhere, and no other is made up.
 * @param foreignCodes words of the same form that are no codes of ours, each with what it is
 */
export function checkErrorCodes(
  tree: SourceTree,
  codes: readonly string[],
  foreignCodes: Readonly<Record<string, string>> = {},
): string[] {
  const used = new Set<string>()
  const violations: string[] = []
  for (const { path, strings } of tree.values()) {
    if (path === TABLE || !/^(?:src|adapters)\//.test(path)) continue
    for (const { name, line } of strings) {
      used.add(name)
      if (!CODE_FORM.test(name) || codes.includes(name) || Object.hasOwn(foreignCodes, name)) continue
      violations.push(`${path}:${line} has "${name}", which is no code of ${TABLE}: use one, or add it there`)
    }
  }
  for (const code of Object.keys(foreignCodes)) {
    if (!used.has(code)) violations.push(`"${code}" is on the list of foreign codes and nowhere else: take it off`)
  }
  for (const code of codes) {
    if (!used.has(code)) violations.push(`${TABLE} has code ${code}, which nothing uses: take it out`)
  }
  return violations
}
