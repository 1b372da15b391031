/**
 * `npm run simulate -- [--seeds N] [--first S] [--workers W] [--json FILE]`: runs simulated worlds from their seeds.
 * `--seed S` runs one world and prints all that happened in it; `--planted` shows that bugs planted on purpose are found.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { FAULT_KINDS } from './fault-kinds.ts'
import { findPlantedBugs } from './find-planted-bugs.ts'
import { loadSources } from './load-sources.ts'
import { runSeeds } from './run-seeds.ts'
import type { SeedFailure } from './seed-worker.ts'

const PROGRESS_SEEDS = 5_000
/** In so many worlds everything that can happen does. */
const COMPLETE_SEEDS = 5_000
/** Failures after which a worker stops: more of them tell nothing new. */
const MAX_FAILURES = 5

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    first: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    planted: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const first = readNumber('first', values.first, 0)
const workers = readNumber('workers', values.workers, 1)

if (values.seed !== undefined) await replay(readNumber('seed', values.seed, 0))
else if (values.planted) await showPlanted()
else await runAll(readNumber('seeds', values.seeds, 1))

async function runAll(seeds: number): Promise<void> {
  console.log(`simulation: seeds ${first} to ${first + seeds - 1}, ${workers} workers`)
  let told = 0
  const startMs = performance.now()
  const report = await runSeeds({
    first,
    seeds,
    workers: Math.min(workers, seeds),
    maxFailures: MAX_FAILURES,
    onProgress: (count) => {
      if (count - told < PROGRESS_SEEDS) return
      told = count
      console.log(`simulation: ${count} seeds`)
    },
  })
  const { requests, faults, failures } = report
  const seconds = Number(((performance.now() - startMs) / 1000).toFixed(1))
  console.log(FAULT_KINDS.map((kind) => `${kind} ${(faults.get(kind) ?? 0).toLocaleString('en')}`).join(', '))
  const missing = seeds < COMPLETE_SEEDS ? [] : FAULT_KINDS.filter((kind) => !faults.has(kind))
  if (missing.length > 0) console.log(`simulation: never happened: ${missing.join(', ')}`)
  for (const failure of failures) showFailure(failure)
  const outcome = failures.length === 0 ? 'held' : `run, ${failures.length} failed`
  console.log(
    `simulation: ${report.seeds.toLocaleString('en')} seeds from ${first} ${outcome}, ${requests.toLocaleString('en')} requests, ${seconds} s`,
  )
  await writeSummary({
    first,
    seeds: report.seeds,
    requests,
    seconds,
    faults: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, faults.get(kind) ?? 0])),
    failures,
  })
  if (failures.length > 0 || missing.length > 0) process.exitCode = 1
}

async function replay(seed: number): Promise<void> {
  loadSources()
  const { simulate } = await import('./simulate.ts')
  const { trace, violations } = await simulate(seed)
  for (const line of trace) console.log(line)
  console.log(`simulation: seed ${seed} ${violations.length === 0 ? 'held' : `broke ${violations.length} promises`}`)
  if (violations.length > 0) process.exitCode = 1
}

async function showPlanted(): Promise<void> {
  const startMs = performance.now()
  const results = await findPlantedBugs(first, workers, ({ bug, seed, seeds, text }) => {
    const found = seed === undefined ? 'NOT FOUND' : `found by seed ${seed}, after ${seeds} seeds`
    console.log(`${bug.name} (src/${bug.file})\n    ${found}: ${text}`)
  })
  const missed = results.filter(({ seed }) => seed === undefined)
  const seconds = Number(((performance.now() - startMs) / 1000).toFixed(1))
  console.log(`simulation: ${results.length - missed.length} of ${results.length} planted bugs found, ${seconds} s`)
  await writeSummary({
    seconds,
    planted: results.map(({ bug, seed, seeds, text }) => ({ name: bug.name, file: bug.file, seed, seeds, text })),
  })
  if (missed.length > 0) process.exitCode = 1
}

function showFailure({ seed, violations, tail }: SeedFailure): void {
  console.log(`seed ${seed} failed:`)
  for (const violation of violations) console.log(`  ${violation}`)
  console.log(`  npm run simulate -- --seed ${seed}    replays it; its end was:`)
  for (const line of tail) console.log(`  ${line}`)
}

async function writeSummary(summary: object): Promise<void> {
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(summary, undefined, 2)}\n`)
}

function readNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`Cannot take ${name} "${text}": expected a whole number from ${least}`)
}
