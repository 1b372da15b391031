/**
 * `npm run safety -- [--full] [--seed S]`: runs everything that proves what Sluice promises about hostile bytes and broken
 * peers, and writes the page that says what was tried and what came of it. `--full` takes hours where the default takes
 * minutes.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PARTS } from './parts.ts'
import { runPart } from './run-part.ts'
import { type Chapter, writeSafetyPage } from './safety-page.ts'

const PAGE = new URL('README.md', import.meta.url)

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
})
const settings = { isFull: values.full, seed: values.seed }

const chapters: Chapter[] = []
for (const part of PARTS) {
  const command = part.command(settings)
  console.log(`\nsafety: ${part.title}: ${command.join(' ')}`)
  const { isPassed, seconds, report } = await runPart(command)
  console.log(`safety: ${part.title}: ${isPassed ? 'passed' : 'FAILED'} after ${seconds.toFixed(0)} s`)
  if (!isPassed) process.exitCode = 1
  const rows = report === undefined ? [] : part.describe(report)
  chapters.push({ title: part.title, about: part.about, command: part.shown, isPassed, rows })
}
writeFileSync(PAGE, writeSafetyPage(chapters, settings))
console.log(`\nsafety: ${chapters.filter(({ isPassed }) => isPassed).length} of ${chapters.length} parts passed`)
