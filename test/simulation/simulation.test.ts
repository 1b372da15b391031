import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { plant } from './load-sources.ts'
import { PLANTED_BUGS } from './planted-bugs.ts'
import { simulate } from './simulate.ts'

const SEEDS = Number(process.env['SLUICE_SEEDS'] ?? 300)
const FIRST = Number(process.env['SLUICE_SEED'] ?? 1)

test(`A proxy keeps its promises in every world from seed ${FIRST} to ${FIRST + SEEDS - 1}`, async () => {
  let requests = 0
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const result = await simulate(seed)
    requests += result.requests
    const replay = `npm run simulate -- --seed ${seed} replays it:\n${result.trace.join('\n')}`
    expect(result.violations, replay).toEqual([])
  }
  expect(requests).toBeGreaterThan(SEEDS)
  console.log(`${SEEDS} seeds, ${requests} requests`)
}, 600_000)

test('simulate does the same for the same seed, and something else for another', async () => {
  const traces = new Set<string>()
  for (let seed = 1; seed <= 20; seed++) {
    const first = await simulate(seed)
    expect(await simulate(seed)).toEqual(first)
    traces.add(first.trace.join('\n'))
  }
  expect(traces.size).toBe(20)
})

test.each(PLANTED_BUGS)('plant finds the place in src/$file for: $name', (bug) => {
  const text = readFileSync(new URL(`../../src/${bug.file}`, import.meta.url), 'utf8')
  expect(plant(bug, text)).not.toBe(text)
})
