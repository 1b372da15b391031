import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Replaces what stands between a page's marks for a table: `<!-- goals:begin -->`, `<!-- goals:end -->`. Throws when the
 * page has not both, in order.
 * @param name of the table in its marks
 */
export function writeGoals(file: URL, name: string, text: string): void {
  writeFileSync(file, replaceGoals(readFileSync(file, 'utf8'), name, text))
}

/** The page with the text between the marks, which stand on lines of their own. */
export function replaceGoals(page: string, name: string, text: string): string {
  const [beginMark, endMark] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
  const begin = page.indexOf(`${beginMark}\n`)
  const end = page.indexOf(`${endMark}\n`, begin)
  if (begin < 0 || end < 0) throw new Error(`Cannot write the table: the page has no lines ${beginMark} and ${endMark}`)
  return `${page.slice(0, begin)}${beginMark}\n\n${text}\n\n${page.slice(end)}`
}
