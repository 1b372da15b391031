/**
 * Compares two workers with one: `node test/bench/workers/measure-workers.ts [ROUNDS] [SECONDS]`. It prints requests for
 * each second of processor time, of all processes of the command together, and what two have of one.
 *
 * One worker has the first core, the client and the upstream have others. So do two workers on a machine with four
 * cores, each on a core of its own. With less than four, two workers share the first core: what they cost is seen there as
 * well, while on two cores they would share with the client and the upstream, and that costs more than workers do. The
 * same 64 connections come to both: with more of them a request costs more, also with one worker.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateLoad } from '../load/generate-load.ts'
import { startUpstream } from '../load/start-upstream.ts'
import { buildTree, THIS_TREE } from '../machine/build-tree.ts'
import { parseCoreList } from '../machine/cores.ts'
import { describeMachine } from '../machine/describe-machine.ts'
import { findExecutable, findNodes } from '../machine/executables.ts'
import { findFreePorts } from '../machine/free-ports.ts'
import { type Command, RunningProcess } from '../machine/running-process.ts'
import { makeWorkFolder } from '../machine/work-folder.ts'
import { median, pairedRatio, spread } from '../report/statistics.ts'
import { sluice } from '../rivals/sluice.ts'
import { WORKS } from '../works.ts'

/** Processor time that each worker gets before it is measured: each compiles its own code. */
const WARM_UP_SECONDS = 3
const WARM_UP_STEP_SECONDS = 1
const MAX_WARM_UP_STEPS = 15

/** Cores, as numbers. */
interface Placement {
  readonly oneWorker: readonly number[]
  readonly twoWorkers: readonly number[]
  readonly client: number
  readonly upstream: number
}

interface Bench {
  readonly wrk: string
  readonly placement: Placement
  readonly folder: string
  readonly upstreamPorts: readonly [number, number]
  readonly seconds: number
}

/** Requests for each second of processor time with so many workers. */
async function measureWorkers(workers: 1 | 2, round: number, bench: Bench): Promise<number> {
  const { wrk, placement, seconds, upstreamPorts } = bench
  const folder = join(bench.folder, `${round}-${workers}`)
  mkdirSync(folder)
  const [port = 0] = await findFreePorts(1)
  const [node] = findNodes()
  const [small] = WORKS
  if (node === undefined || small === undefined) throw new Error('Cannot measure: there is no Node, or no work')
  const prepared = sluice({ tree: THIS_TREE, node }).prepare({ folder, port, upstreamPorts }, 'pool')
  if (prepared === undefined) throw new Error('Cannot measure: there is nothing to start')
  const server = new RunningProcess(withWorkers(workers, placement, prepared), { folder })
  try {
    await server.printed(/^Listening on /m)
    const load = { wrk, port, core: placement.client, folder }
    const warm = server.usage().cpuSeconds + workers * WARM_UP_SECONDS
    for (let step = 0; step < MAX_WARM_UP_STEPS && server.usage().cpuSeconds < warm; step++) {
      await generateLoad(small, { ...load, seconds: WARM_UP_STEP_SECONDS })
    }
    const before = server.usage()
    const report = await generateLoad(small, { ...load, seconds })
    const failed = report.failedCount + report.errorStatusCount
    if (failed > 0) throw new Error(`Cannot count on what was measured: ${failed} requests failed`)
    return report.requestCount / (server.usage().cpuSeconds - before.cpuSeconds)
  } finally {
    await server.stop()
  }
}

/** With the cores that it has, and the number of its workers. */
function withWorkers(workers: 1 | 2, placement: Placement, { file, arguments: words }: Command): Command {
  const cores = workers === 1 ? placement.oneWorker : placement.twoWorkers
  return { file: 'taskset', arguments: ['-c', cores.join(','), file, ...words, '--workers', String(workers)] }
}

function placeOnCores(): Placement {
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const [first, second, third, fourth] = parseCoreList(allowed)
  if (first === undefined || second === undefined || findExecutable('taskset') === undefined) {
    throw new Error('Cannot measure: taskset (util-linux) and two cores are needed')
  }
  if (third === undefined || fourth === undefined) {
    return { oneWorker: [first], twoWorkers: [first], client: second, upstream: second }
  }
  return { oneWorker: [first], twoWorkers: [first, second], client: third, upstream: fourth }
}

async function main(rounds: number, seconds: number): Promise<void> {
  const wrk = findExecutable('wrk')
  const nginx = findExecutable('nginx')
  if (wrk === undefined || nginx === undefined) throw new Error('Cannot measure: wrk or nginx is missing')
  const placement = placeOnCores()
  process.stdout.write(`${describeMachine()}; two workers on core ${placement.twoWorkers.join(' and ')}\n`)
  buildTree(THIS_TREE)
  const folder = makeWorkFolder()
  const upstream = await startUpstream(nginx, placement.upstream, folder)
  const one: number[] = []
  const two: number[] = []
  try {
    const bench = { wrk, placement, folder, upstreamPorts: upstream.ports, seconds }
    for (let round = 1; round <= rounds; round++) {
      const order = round % 2 === 1 ? ([1, 2] as const) : ([2, 1] as const)
      for (const workers of order) (workers === 1 ? one : two).push(await measureWorkers(workers, round, bench))
      process.stderr.write(`round ${round}/${rounds}: ${Math.round(one.at(-1) ?? 0)}, ${Math.round(two.at(-1) ?? 0)}\n`)
    }
  } finally {
    await upstream.stop()
  }
  for (const [name, values] of [
    ['one worker', one],
    ['two workers', two],
  ] as const) {
    const part = (100 * spread(values)).toFixed(0)
    process.stdout.write(`${name}: ${Math.round(median(values))} requests/CPU-s, ±${part} %\n`)
  }
  process.stdout.write(`two of one: ${pairedRatio(two, one).toFixed(2)}\n`)
}

const [rounds = '5', seconds = '2'] = process.argv.slice(2)
await main(Number(rounds), Number(seconds))
