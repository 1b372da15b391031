/**
 * `npx node test/simulation/balancing/write-tables.ts [--requests N] [--seed N] [--out FOLDER]`: plays all scenarios with
 * all balancers and writes the page with the tables and its pictures, by default beside the balancers. Ends with status 1
 * when the figures do not show what the page says.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type AllResults, allRuns, type Played } from './all-runs.ts'
import { createPage } from './create-page.ts'
import { findings } from './findings.ts'
import { type LatencyPanel, plotLatencies } from './plot-latencies.ts'
import { plotStorms } from './plot-storms.ts'
import { SCENARIOS } from './scenarios.ts'

const BALANCERS = fileURLToPath(new URL('../../../src/algorithms/balancers/', import.meta.url))
/** With fewer a run is too short for everything that happens in it. */
const LEAST_REQUESTS = 100_000

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '500000' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: BALANCERS },
  },
})
const requests = readNumber('requests', values.requests, LEAST_REQUESTS)
const seed = readNumber('seed', values.seed, 0)

const startMs = performance.now()
const results = await allRuns({ seed, requests, isLarge: true }, (name) => console.log(`${elapsed()} ${name}`))
await writeFile(join(values.out, 'simulation.md'), createPage(results))
await writeFile(join(values.out, 'simulation-latencies.svg'), plotLatencies(panelsOf(results)))
await writeFile(join(values.out, 'simulation-storms.svg'), plotStorms(results.storms))
for (const { text, holds } of findings(results)) {
  console.log(`${holds ? 'holds' : 'DOES NOT HOLD'}: ${text}`)
  if (!holds) process.exitCode = 1
}
console.log(`${elapsed()} ${results.requests.toLocaleString('en')} requests, written to ${values.out}`)

/** A plot for each scenario: with 100 targets, guarded where there is something to guard against. */
function panelsOf({ scenarios }: AllResults): LatencyPanel[] {
  const panels = SCENARIOS.map(({ name, title, isGuardable = true }) => ({
    title: isGuardable ? `${title}, guarded` : title,
    runs: scenarios.filter((run) => run.scenario.name === name && run.targets === 100 && run.isGuarded === isGuardable),
  }))
  const few = (run: Played): boolean => run.scenario.name === 'one-slow' && run.targets === 10 && !run.isGuarded
  return [{ title: 'One slow target of ten', runs: scenarios.filter(few) }, ...panels]
}

function elapsed(): string {
  return `${((performance.now() - startMs) / 1000).toFixed(1)} s`
}

function readNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`Cannot take ${name} "${text}": expected a whole number from ${least}`)
}
