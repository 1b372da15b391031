import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../../end-to-end/support/project-folder.ts'

const BEGIN = '<!-- runtimes:begin -->'
const END = '<!-- runtimes:end -->'

/** The page that has the table between two marks. */
export const TABLE_PAGE: string = join(PROJECT_FOLDER, 'README.md')

/** The page's three parts: what stands before, between and behind the marks. @throws Error when it has no such place */
export function splitPage(
  text: string = readFileSync(TABLE_PAGE, 'utf8'),
): [before: string, table: string, after: string] {
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`Cannot find the table: README.md has no ${BEGIN} before ${END}`)
  return [text.slice(0, begin + BEGIN.length), text.slice(begin + BEGIN.length, end).trim(), text.slice(end)]
}
