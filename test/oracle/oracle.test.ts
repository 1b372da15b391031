import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from 'vitest'
import { compareCorpus, type CorpusComparison } from './corpus-differences.ts'
import { writeDisagreementsPage } from './disagreements-page.ts'
import { OTHER_RULES } from './rules/other-rules.ts'
import { STRICTER_RULES } from './rules/stricter-rules.ts'

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

  const others = OTHER_RULES.flatMap(({ kinds, what }) => kinds.map((kind) => [kind, what] as const))
  test.each(others)('and is right to be %s about %s', (kind, what) => {
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
