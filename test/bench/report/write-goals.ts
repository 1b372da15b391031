import { readFileSync, writeFileSync } from 'node:fs'

const BEGIN = '<!-- goals:begin -->'
const END = '<!-- goals:end -->'

/** Replaces what stands between a page's marks for the goals. Throws when the page has not both, in order. */
export function writeGoals(file: URL, text: string): void {
  writeFileSync(file, replaceGoals(readFileSync(file, 'utf8'), text))
}

/** The page with the text between the marks, which stand on lines of their own. */
export function replaceGoals(page: string, text: string): string {
  const begin = page.indexOf(`${BEGIN}\n`)
  const end = page.indexOf(`${END}\n`, begin)
  if (begin < 0 || end < 0) throw new Error(`Cannot write the goals: the page has no lines ${BEGIN} and ${END}`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${text}\n\n${page.slice(end)}`
}
