/**
 * `node test/end-to-end/failover/run.ts [--seconds N] [--workers N]`: plays every act before ten upstreams, N seconds or
 * more of load in each, and prints what became of the requests. Ends with 1 when a check fails.
 */
import { parseArgs } from 'node:util'
import type { ActReport } from './act-report.ts'
import { failOne } from './acts/fail-one.ts'
import { haltOne } from './acts/halt-one.ts'
import { hurtThree } from './acts/hurt-three.ts'
import { keepClients } from './acts/keep-clients.ts'
import { killAll } from './acts/kill-all.ts'
import { killOne } from './acts/kill-one.ts'
import { replaceAll } from './acts/replace-all.ts'
import { restartAll } from './acts/restart-all.ts'
import { FailoverWorld, type FailoverWorldOptions } from './failover-world.ts'
import { formatActs } from './format-acts.ts'
import { formatStickiness, type StickyRow } from './format-stickiness.ts'
import { quickService } from './quick-service.ts'
import { reportStickiness } from './sticky-report.ts'
import { STICKY_WORLDS } from './sticky-worlds.ts'
import { type ActSummary, summarizeAct } from './summarize-act.ts'
import { UpstreamGroup } from './upstream-group.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, workers: { type: 'string', default: '1' } },
})
const seconds = readNumber('seconds', values.seconds, 0)
const workers = readNumber('workers', values.workers, 1)
const failures: string[] = []

console.log(
  `failover: ten upstreams, ${workers} process${workers === 1 ? '' : 'es'} of the proxy, ${seconds} s or more for each act\n`,
)

const acts: ActSummary[] = []
const upstreams = await UpstreamGroup.start()
await inWorld({ workers }, async (world) => {
  acts.push(check(await killOne(world, seconds)))
  acts.push(check(await haltOne(world, seconds)))
  acts.push(check(await failOne(world, seconds)))
  acts.push(check(await hurtThree(world, seconds)))
  acts.push(check(await restartAll(world, 'finish', seconds)))
  acts.push(check(await restartAll(world, 'kill', seconds)))
})
// Each process has targets of its own; over the port that all share, only one of several would be told others.
if (workers === 1) {
  await inWorld({ service: quickService(5000) }, async (world) => {
    acts.push(check(await replaceAll(world, seconds)))
  })
}
const outage: ActSummary[] = []
await inWorld({ workers }, async (world) => {
  outage.push(summarizeAct(await killAll(world, seconds)))
})
const baseline: ActSummary[] = []
await inWorld({ proxy: 'round-robin', workers }, async (world) => {
  baseline.push(summarizeAct(await killOne(world, seconds)))
  baseline.push(summarizeAct(await failOne(world, seconds)))
  baseline.push(summarizeAct(await restartAll(world, 'kill', seconds)))
})
console.log(`${formatActs(acts)}\n`)
console.log(`Nobody is left to send anything to:\n\n${formatActs(outage)}\n`)
console.log(`The same acts with muxHTTP and RoundRobinLoadBalancer:\n\n${formatActs(baseline)}\n`)

const rows: StickyRow[] = []
for (const by of ['cookie', 'connection', 'session checkout'] as const) {
  await inWorld({ ...STICKY_WORLDS[by], workers }, async (world) => {
    const report = await keepClients(world, by, seconds)
    const summary = check(report)
    const stickiness = reportStickiness(report, world.states)
    if (stickiness.strays.length > 0) failures.push(`${report.name}: ${stickiness.strays.length} left a healthy target`)
    rows.push({ by, summary, stickiness })
  })
}
await upstreams.stop()
console.log(formatStickiness(rows))
for (const failure of failures) console.log(`FAILED ${failure}`)
if (failures.length > 0) process.exitCode = 1

async function inWorld(options: FailoverWorldOptions, play: (world: FailoverWorld) => Promise<void>): Promise<void> {
  const world = await FailoverWorld.start(upstreams, options)
  try {
    await play(world)
  } finally {
    await world.stop()
  }
}

function check(report: ActReport): ActSummary {
  const { name, lost, mixed, repeatedPosts, statistics } = report
  const { active = 0, pending = 0, activeRetries = 0 } = statistics ?? {}
  if (active + pending + activeRetries > 0) failures.push(`${name}: ${active} tries are under way, ${pending} wait`)
  for (const { method, id, detail } of lost) failures.push(`${name}: ${method} ${id} is lost: ${detail}`)
  for (const { method, id, detail } of mixed) failures.push(`${name}: ${method} ${id} got another's answer: ${detail}`)
  for (const path of repeatedPosts) failures.push(`${name}: POST ${path} came twice`)
  return summarizeAct(report)
}

function readNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`Cannot take ${name} "${text}": expected a whole number from ${least}`)
}
