import { expect, test } from 'vitest'
import { simulate } from './simulate.ts'

const SEEDS = Number(process.env['SLUICE_SEEDS'] ?? 300)
const FIRST = Number(process.env['SLUICE_SEED'] ?? 1)

test(`A proxy keeps its promises in every world from seed ${FIRST} to ${FIRST + SEEDS - 1}`, async () => {
  let requests = 0
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const result = await simulate(seed)
    requests += result.requests
    expect(result.violations, `SLUICE_SEED=${seed} SLUICE_SEEDS=1 replays it:\n${result.trace.join('\n')}`).toEqual([])
  }
  expect(requests).toBeGreaterThan(SEEDS)
  console.log(`${SEEDS} seeds, ${requests} requests`)
}, 600_000)
