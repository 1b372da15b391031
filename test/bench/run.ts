/** `npm run bench`: measures Sluice beside other proxies. README.md says what and how. */
import { writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRivals } from './find-rivals.ts'
import { startUpstream } from './load/start-upstream.ts'
import { buildTree, THIS_TREE } from './machine/build-tree.ts'
import { chooseCores } from './machine/cores.ts'
import { describeMachine } from './machine/describe-machine.ts'
import { findExecutable } from './machine/executables.ts'
import { makeWorkFolder } from './machine/work-folder.ts'
import { checkRival, type Laboratory } from './measure.ts'
import { type BenchOptions, parseOptions, USAGE, UsageError } from './options.ts'
import { runProfile } from './profile/run-profile.ts'
import { formatTable } from './report/format-table.ts'
import type { Rival } from './rivals/rival.ts'
import { runRounds, type Series } from './run-rounds.ts'

const INSTALL = 'apt-get install -y wrk nginx haproxy util-linux'

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) return print(USAGE)
  if (options.isMicro) {
    // Only this one runs the sources themselves: a proxy is measured as it is built.
    const { runMicro } = await import('./micro/run-micro.ts')
    return runMicro(options)
  }
  const { wrk, nginx } = findTools()
  const cores = chooseCores()
  if (typeof cores === 'string') print(`Nothing is pinned to a core: ${cores}`)
  const { seconds, warmUpSeconds } = options
  const folder = makeWorkFolder()
  const laboratory = { wrk, cores: typeof cores === 'string' ? undefined : cores, folder, seconds, warmUpSeconds }
  buildTree(THIS_TREE)
  const upstream = await startUpstream(nginx, laboratory.cores?.load, folder)
  try {
    if (options.isProfile) await runProfile(options, upstream.ports, laboratory)
    else await compare(options, upstream.ports, laboratory)
  } finally {
    await upstream.stop()
  }
}

async function compare(
  options: BenchOptions,
  upstreamPorts: readonly [number, number],
  laboratory: Laboratory,
): Promise<void> {
  const found = findRivals(options, laboratory.folder)
  for (const notice of found.notices) print(notice)
  const machine = describeMachine()
  print(machine)
  if ((loadavg()[0] ?? 0) > 0.7) print('This machine is busy with something else: the figures will not be steady')
  const rivals = await keepThoseThatAnswer(found.rivals, laboratory)
  const { works, rounds, isSmoke } = options
  const series = await runRounds({ rivals, works, rounds, sharesProcess: isSmoke }, upstreamPorts, laboratory)
  for (const work of works) {
    const ofWork = series.filter((each) => each.work === work)
    const [subject] = ofWork
    if (subject === undefined) continue
    const other = ofWork.find((each) => each.rival.name !== subject.rival.name)
    const base = ofWork.find((each) => each.rival.name === 'nginx') ?? other ?? subject
    print(`\n${formatTable(ofWork, subject, base)}`)
  }
  if (series.some((each) => each.measurements.some((measurement) => measurement.failedCount > 0))) process.exitCode = 1
  const file = options.json ?? (isSmoke ? undefined : join(tmpdir(), 'sluice-bench.json'))
  if (file !== undefined) writeFigures(file, machine, options, series)
}

/**
 * Checks every rival; one that answers wrong is named and takes no part, and the run ends with exit code 1. Throws when
 * it is the first, which all others are compared with.
 */
async function keepThoseThatAnswer(rivals: readonly Rival[], laboratory: Laboratory): Promise<Rival[]> {
  const kept: Rival[] = []
  for (const rival of rivals) {
    try {
      await checkRival(rival, laboratory)
      kept.push(rival)
    } catch (error) {
      if (rival === rivals[0]) throw error
      print(`${rival.title} takes no part: ${String((error as Error).message)}`)
      process.exitCode = 1
    }
  }
  return kept
}

function findTools(): { wrk: string; nginx: string } {
  const wrk = findExecutable('wrk')
  const nginx = findExecutable('nginx')
  if (wrk === undefined) throw new Error(`Cannot generate load: wrk is missing (${INSTALL})`)
  if (nginx === undefined) throw new Error(`Cannot run the upstream: nginx is missing (${INSTALL})`)
  return { wrk, nginx }
}

function writeFigures(file: string, machine: string, options: BenchOptions, series: readonly Series[]): void {
  const { rounds, seconds, warmUpSeconds } = options
  const figures = series.map(({ work, rival, measurements }) => ({ work: work.name, rival: rival.title, measurements }))
  writeFileSync(file, `${JSON.stringify({ machine, rounds, seconds, warmUpSeconds, figures }, null, 2)}\n`)
  print(`\nThe figures of every round: ${file}`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${String((error as Error).message)}\n`)
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
