import type { CorpusComparison } from './corpus-differences.ts'
import { OTHER_RULES } from './rules/other-rules.ts'
import { STRICTER_RULES } from './rules/stricter-rules.ts'

const READERS = ['http-parser-js', 'llhttp', 'Node']

/** The page that says what Sluice and other parsers disagree about, and why. The same comparisons give the same page. */
export function writeDisagreementsPage(
  comparisons: readonly CorpusComparison[],
  versions: Readonly<Record<string, string>>,
): string {
  return `# Where Sluice and other HTTP/1.1 parsers disagree

Every case of the [corpus](../http-corpus/corpus-case.ts) is read by Sluice's decoder and by other parsers: ${nameVersions(versions)}.
Where they disagree Sluice is stricter, for a reason, or the other one is wrong, by a section of the RFC. A disagreement
that has no row here fails the tests. This page is written by them: \`npx vitest run test/oracle -u\`.

${writeSummary(comparisons)}

## What Sluice refuses and others read

The numbers are cases of the corpus.

${writeRules(STRICTER_RULES, comparisons, 'stricter')}

## What others refuse and Sluice reads

${writeRules(
  OTHER_RULES.filter(({ kinds }) => kinds.includes('looser')),
  comparisons,
  'looser',
)}

## What both read, and not the same

${writeRules(
  OTHER_RULES.filter(({ kinds }) => kinds.includes('different')),
  comparisons,
  'different',
)}
`
}

function nameVersions(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function writeSummary(comparisons: readonly CorpusComparison[]): string {
  const rows = READERS.map((reader) => {
    const own = comparisons.filter((comparison) => comparison.reader === reader)
    const count = (kind: string | undefined): number => own.filter(({ difference }) => difference?.kind === kind).length
    return `| ${[reader, own.length, count(undefined), count('stricter'), count('looser'), count('different')].join(' | ')} |`
  })
  return `| parser | cases | agree | Sluice refuses, it reads | it refuses, Sluice reads | both read, differently |
|---|---|---|---|---|---|
${rows.join('\n')}`
}

interface Rule {
  readonly what: string
  readonly reason: string
  readonly section: string
}

function writeRules(rules: readonly Rule[], comparisons: readonly CorpusComparison[], kind: string): string {
  const rows = rules.map(({ what, reason, section }) => {
    const counts = READERS.map((reader) => {
      const fits = comparisons.filter(
        (comparison) => comparison.reader === reader && comparison.difference?.kind === kind,
      )
      return fits.filter(({ difference }) => difference?.what === what).length || ''
    })
    return `| ${[what, reason, section, ...counts].join(' | ')} |`
  })
  return `| what | why | from | ${READERS.join(' | ')} |
|---|---|---|---|---|---|
${rows.join('\n')}`
}
