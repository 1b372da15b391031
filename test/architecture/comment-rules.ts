import type { SourceTree } from './source-tree.ts'

/**
 * Everything src exports, and every option, says in a doc comment what it is for. Of an `XOptions` the members do: it
 * stands above the X that it is for.
 */
export function checkDocComments(tree: SourceTree): string[] {
  const violations: string[] = []
  for (const { path, exports, undocumentedOptions } of tree.values()) {
    if (!path.startsWith('src/')) continue
    // Of a function's overloads one is enough.
    const documented = new Set(exports.filter(({ isDocumented }) => isDocumented).map(({ name }) => name))
    for (const { name, kind, line, from } of exports) {
      if (documented.has(name) || from !== undefined || kind === 'reference' || name.endsWith('Options')) continue
      violations.push(`${path}:${line} exports ${name} without a doc comment: say what it takes and gives`)
    }
    for (const { name, line } of undocumentedOptions) {
      violations.push(
        `${path}:${line} has option ${name} without a doc comment: say what it does, its unit and @default`,
      )
    }
  }
  return violations
}

/** A comment that turns a check off says why, behind ` -- ` or, for TypeScript's, behind the directive. */
export function checkSuppressions(tree: SourceTree): string[] {
  const violations: string[] = []
  for (const { path, comments } of tree.values()) {
    for (const { name: text, line } of comments) {
      const comment = text.trim()
      const isLint = /^(?:eslint|oxlint)-disable/.test(comment)
      const isTypeScript = /^@ts-(?:expect-error|ignore|nocheck)/.test(comment)
      if (!isLint && !isTypeScript && !/^(?:biome-ignore|v8 ignore)/.test(comment)) continue
      if (/^@ts-(?:ignore|nocheck)/.test(comment)) {
        violations.push(
          `${path}:${line} has ${comment.split(' ')[0]}: use @ts-expect-error, which fails when it is not needed`,
        )
      } else if (!/(?: -- |: |expect-error )\S+ \S+/.test(comment)) {
        violations.push(`${path}:${line} turns a check off without a reason: write it behind " -- "`)
      }
    }
  }
  return violations
}
