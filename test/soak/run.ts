/**
 * `npm run soak -- [--requests N] [--seed S] [--connections C] [--json FILE]`: sends requests through a proxy to an
 * upstream that closes idle connections at random; no answer may be wrong, missing or a 5xx.
 * `--debug` prints the last of the proxy's log when it fails; `--no-resend` shows what happens when nothing is sent again.
 */
import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runSoak } from './run-soak.ts'
import { summarizeReport } from './summarize-report.ts'

const PROGRESS_REQUESTS = 100_000
const MAX_SEED = 2 ** 31 - 2

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(randomInt(MAX_SEED)) },
    connections: { type: 'string', default: '64' },
    debug: { type: 'boolean', default: false },
    'no-resend': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const seed = readNumber('seed', values.seed, 0)
const requests = readNumber('requests', values.requests, 1)
const connections = readNumber('connections', values.connections, 1)

console.log(`soak: seed ${seed}, ${show(requests)} requests over ${connections} client connections`)
let told = 0
const report = await runSoak({
  seed,
  requests,
  connections,
  logLevel: values.debug ? 'debug' : 'info',
  resends: !values['no-resend'],
  onProgress: (count) => {
    if (count - told < PROGRESS_REQUESTS) return
    told = count
    console.log(`soak: ${show(count)} requests`)
  },
})
const summary = summarizeReport(report)
const { tally } = report
for (const failure of tally.failures) console.log(`  failed: ${failure}`)
if (report.proxyOutput !== '' && !summary.isHeld) console.log(`  the proxy printed:\n${report.proxyOutput}`)
console.log(`  races met: ${showCounts(summary.races)}`)
console.log(`  idle connections that the upstream gave up: ${showCounts(summary.idleCloses)}`)
console.log(
  `  upstream connections: ${show(summary.upstreamConnections)}, ${summary.requestsPerConnection} requests each; clients left ${show(summary.clientDepartures)} times`,
)
console.log(`  seen twice by the upstream: ${showCounts(summary.seenTwice)}`)
console.log(`  answered twice by the upstream: ${showCounts(summary.answeredTwice)}`)
console.log(
  `  5xx: ${showCounts(summary.serverErrors)}; wrong: ${summary.wrong}; lost: ${summary.lost}; damaged: ${summary.damaged}`,
)
console.log(
  `soak: seed ${seed} ${summary.isHeld ? 'held' : 'FAILED'}: ${show(requests)} requests, ${show(summary.answers)} right answers, ${summary.seconds} s, ${show(summary.requestsPerSecond)} requests/s`,
)
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(summary, undefined, 2)}\n`)
if (!summary.isHeld) process.exitCode = 1

function show(number: number): string {
  return number.toLocaleString('en')
}

function showCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
  return parts.length === 0 ? '0' : parts.map(([what, count]) => `${what} ${show(count)}`).join(', ')
}

function readNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`Cannot take ${name} "${text}": expected a whole number from ${least}`)
}
