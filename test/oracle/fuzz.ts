/**
 * `npm run fuzz -- [--inputs N] [--seed S] [--workers W] [--json FILE]`: feeds generated inputs to Sluice's codec and to other parsers.
 * FUZZ_SEED and FUZZ_INPUT in the environment run one seed, or one input of it, once more.
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { showInput } from './fuzz/check-input.ts'
import { fuzzInput, noResult } from './fuzz/fuzz-inputs.ts'
import { generateInput } from './fuzz/generate-input.ts'
import { runFuzz } from './fuzz/run-fuzz.ts'

const PROGRESS_INPUTS = 100_000
const MAX_SEED = 2 ** 31 - 1

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: process.env['FUZZ_SEED'] ?? String(randomInt(MAX_SEED)) },
    workers: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'string' },
  },
})
const seed = readNumber('seed', values.seed, 0)
const single = process.env['FUZZ_INPUT']

if (single === undefined) await runAll()
else runOne(readNumber('FUZZ_INPUT', single, 0))

async function runAll(): Promise<void> {
  const inputs = readNumber('inputs', values.inputs, 1)
  const workers = Math.min(readNumber('workers', values.workers, 1), inputs)
  console.log(`fuzz: seed ${seed}, ${inputs} inputs, ${workers} workers`)
  let told = 0
  const startMs = performance.now()
  try {
    const { refused, messages, differences } = await runFuzz({
      seed,
      inputs,
      workers,
      onProgress: (count) => {
        if (count - told < PROGRESS_INPUTS) return
        told = count
        console.log(`fuzz: ${count} inputs`)
      },
    })
    for (const [what, count] of [...differences].sort(([a], [b]) => (a < b ? -1 : 1)))
      console.log(`${String(count).padStart(8)}  ${what}`)
    const report = { seed, inputs, refused, messages, differences: Object.fromEntries(differences) }
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
    console.log(
      `fuzz: seed ${seed}: ${inputs} inputs held, ${refused} refused, ${messages} messages read and forwarded, ${seconds} s`,
    )
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}

function runOne(number: number): void {
  console.log(`fuzz: input ${number} of seed ${seed}: ${showInput(generateInput(seed, number))}`)
  const result = noResult()
  try {
    fuzzInput(seed, number, result)
    console.log(`fuzz: it held, ${result.refused} refused, ${result.messages} messages`)
    for (const what of result.differences.keys()) console.log(`  ${what}`)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}

function readNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`Cannot take ${name} "${text}": expected a whole number from ${least}`)
}
