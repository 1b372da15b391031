import type { SourceTree } from './source-tree.ts'

/** `new Promise((done) => setTimeout(done, 100))`, the same with a call inside, and `setTimeout(resolve, 100)` alone. */
const SLEEPS = [
  /new Promise(?:<[^>]*>)?\(\s*\(?\s*(\w+)(?:,\s*\w+)?\s*\)?\s*=>\s*\{?\s*(?:void\s+)?setTimeout\(\s*(?:\(\)\s*=>\s*)?\1\b/g,
  /setTimeout\(\s*(?:resolve|done)\s*[,)]/g,
]

/** Tests wait for what they need to happen, not for time to pass. */
export function checkSleeps(tree: SourceTree): string[] {
  const violations: string[] = []
  for (const { path, text, imports, globals } of tree.values()) {
    if (!isTest(path)) continue
    const sleeps = new Set([
      ...SLEEPS.flatMap((sleep) =>
        [...text.matchAll(sleep)].map(({ index }) => text.slice(0, index).split('\n').length),
      ),
      ...imports.filter(({ specifier }) => specifier === 'node:timers/promises').map(({ line }) => line),
      ...globals.filter(({ name }) => name === 'Bun.sleep').map(({ line }) => line),
    ])
    for (const line of sleeps) {
      violations.push(`${path}:${line} sleeps: wait for the event itself, or inject a clock and advance it`)
    }
  }
  return violations
}

/** A test that is skipped or alone in its run looks like one that passes. */
export function checkFocus(tree: SourceTree): string[] {
  const violations: string[] = []
  for (const { path, text } of tree.values()) {
    if (!isTest(path)) continue
    for (const { 0: call, index } of text.matchAll(/\b(?:test|it|describe)\.(?:only|skip|todo)\b/g)) {
      const line = text.slice(0, index).split('\n').length
      violations.push(`${path}:${line} has ${call}: use skipIf with a condition, or take it out`)
    }
  }
  return violations
}

/** Benchmarks wait for other programs, which tell nobody that they are ready; the rules' own tests quote what they refuse. */
function isTest(path: string): boolean {
  return /^test\/(?!bench\/|architecture\/)/.test(path)
}
