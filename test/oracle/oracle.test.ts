import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from 'vitest'
import { compareCorpus, type CorpusComparison } from './corpus-differences.ts'
import { writeDisagreementsPage } from './disagreements-page.ts'
import { OTHER_RULES } from './rules/other-rules.ts'
import { STRICTER_RULES } from './rules/stricter-rules.ts'

/** What the corpus has no case of: generated inputs come upon it (`npm run fuzz` prints how often). */
const ONLY_IN_GENERATED_INPUTS: ReadonlySet<string> = new Set([
  'different: a tab around chunked',
  'different: the body of a request that asks for an upgrade',
  'looser: a line that has not come to its end',
  'looser: the body of a request that asks for an upgrade',
  'looser: the body of an answer that has none',
])

let comparisons: readonly CorpusComparison[] = []

beforeAll(async () => {
  comparisons = await compareCorpus()
}, 60_000)

describe('MessageDecoder reads the corpus', () => {
  test('as http-parser-js, llhttp and Node do, or differs for a reason', () => {
    const unexplained = comparisons.flatMap(({ name, difference }) =>
      difference !== undefined && difference.what === undefined ? [`${name}: ${difference.shown}`] : [],
    )
    expect(unexplained).toEqual([])
    expect(comparisons.length).toBeGreaterThan(2000)
  })

  test.each(STRICTER_RULES.map(({ what }) => what))('and refuses %s, where another reads on', (what) => {
    expect(comparisons.some(({ difference }) => difference?.kind === 'stricter' && difference.what === what)).toBe(true)
  })

  test.each(
    OTHER_RULES.flatMap(({ kinds, what }) => kinds.map((kind) => [kind, what] as const)).filter(
      ([kind, what]) => !ONLY_IN_GENERATED_INPUTS.has(`${kind}: ${what}`),
    ),
  )('and is right to be %s about %s', (kind, what) => {
    expect(comparisons.some(({ difference }) => difference?.kind === kind && difference.what === what)).toBe(true)
  })

  test('as DISAGREEMENTS.md says', async () => {
    const page = writeDisagreementsPage(comparisons, {
      'http-parser-js': versionOf('http-parser-js'),
      'llhttp of undici': versionOf('undici'),
      "Node's server": process.versions.node,
    })
    await expect(page).toMatchFileSnapshot('DISAGREEMENTS.md')
  })
})

function versionOf(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
