/** `npm run bench`: measures Sluice beside other proxies. README.md says what and how. */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareRivals } from './compare-rivals.ts'
import { compareEdge } from './edge/compare-edge.ts'
import type { EdgeSeries } from './edge/edge-series.ts'
import { evaluateEdgeGoals } from './edge/evaluate-edge-goals.ts'
import { formatEdgeAsMarkdown } from './edge/format-edge.ts'
import { type GoalRow, judge } from './goals.ts'
import { runIdle } from './idle/run-idle.ts'
import { startUpstream } from './load/start-upstream.ts'
import { buildTree, THIS_TREE } from './machine/build-tree.ts'
import { chooseCores } from './machine/cores.ts'
import { describeMachine } from './machine/describe-machine.ts'
import { describeTree } from './machine/describe-tree.ts'
import { findExecutable } from './machine/executables.ts'
import { makeWorkFolder } from './machine/work-folder.ts'
import type { Laboratory } from './measure.ts'
import { type BenchOptions, parseOptions, USAGE, UsageError } from './options.ts'
import { runProfile } from './profile/run-profile.ts'
import { formatGoals, formatGoalsAsMarkdown } from './report/format-goals.ts'
import { writeGoals } from './report/write-goals.ts'
import type { Series } from './run-rounds.ts'
import { runStart } from './start/run-start.ts'
import { evaluateWorkGoals } from './work-goals.ts'

const INSTALL = 'apt-get install -y wrk nginx haproxy nghttp2-client util-linux'

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) return print(USAGE)
  if (options.isMicro) {
    // Only this one runs the sources themselves: a proxy is measured as it is built.
    const { runMicro } = await import('./micro/run-micro.ts')
    return runMicro(options)
  }
  if (options.isBalancers) {
    const { runBalancers } = await import('./balancers/run-balancers.ts')
    return runBalancers(options)
  }
  buildTree(THIS_TREE)
  const origin = `${describeMachine()}; ${describeTree()}, ${new Date().toISOString().slice(0, 10)}`
  print(origin)
  const folder = makeWorkFolder()
  const needsLoad = options.works.length + options.edgeWorks.length > 0
  const { all, edge } = needsLoad ? await loadProxies(options, folder) : { all: [], edge: [] }
  if (options.isProfile) return
  const isCompared = options.ref === undefined && !options.isTyped
  const goals = isCompared ? evaluateWorkGoals(options.works, all) : []
  if (options.alone.includes('idle')) goals.push(...(await runIdle(options)))
  if (options.alone.includes('start')) goals.push(...(await runStart(options, folder)))
  goals.push(...evaluateEdgeGoals(edge))
  if (goals.length > 0) print(`\n${formatGoals(goals)}`)
  if (options.isSmoke) print('\nA smoke run: the figures mean nothing')
  const series = [...all, ...edge]
  if (series.some(({ measurements }) => measurements.some(({ failedCount }) => failedCount > 0))) process.exitCode = 1
  const file = options.json ?? (options.isSmoke ? undefined : join(tmpdir(), 'sluice-bench.json'))
  if (file !== undefined) writeFigures(file, origin, options, series, goals)
  if (options.writesGoals) {
    const name = options.edgeWorks.length > 0 ? 'edge' : 'goals'
    const table = edge.length > 0 ? `${formatEdgeAsMarkdown(edge)}\n\n` : ''
    writeGoals(new URL('README.md', import.meta.url), name, table + describeGoals(origin, options, series, goals))
  }
}

/** Puts proxies under load: profiles Sluice, or measures it beside the others, on Node and at the edge. */
async function loadProxies(options: BenchOptions, folder: string): Promise<{ all: Series[]; edge: EdgeSeries[] }> {
  const { wrk, nginx, h2load } = findTools()
  const cores = chooseCores()
  if (typeof cores === 'string') print(`Nothing is pinned to a core: ${cores}`)
  const { seconds, warmUpSeconds } = options
  const pinned = typeof cores === 'string' ? undefined : cores
  const laboratory: Laboratory = { wrk, h2load, cores: pinned, folder, seconds, warmUpSeconds }
  const upstream = await startUpstream(nginx, pinned?.load, folder)
  try {
    if (options.isProfile) {
      await runProfile(options, upstream.ports, laboratory)
      return { all: [], edge: [] }
    }
    const { works, edgeWorks } = options
    const all = works.length > 0 ? await compareRivals(options, upstream.ports, laboratory) : []
    const edge = edgeWorks.length > 0 ? await compareEdge(options, upstream.ports, laboratory) : []
    return { all, edge }
  } finally {
    await upstream.stop()
  }
}

function findTools(): { wrk: string; nginx: string; h2load: string | undefined } {
  const wrk = findExecutable('wrk')
  const nginx = findExecutable('nginx')
  if (wrk === undefined) throw new Error(`Cannot generate load: wrk is missing (${INSTALL})`)
  if (nginx === undefined) throw new Error(`Cannot run the upstream: nginx is missing (${INSTALL})`)
  return { wrk, nginx, h2load: findExecutable('h2load') }
}

function writeFigures(
  file: string,
  origin: string,
  { rounds, seconds, warmUpSeconds }: BenchOptions,
  all: readonly Series[],
  goals: readonly GoalRow[],
): void {
  const figures = all.map(({ work, rival, measurements }) => ({ work: work.name, rival: rival.title, measurements }))
  const judged = goals.map((row) => ({ ...row, reached: judge(row) }))
  const text = JSON.stringify({ origin, rounds, seconds, warmUpSeconds, figures, goals: judged }, null, 2)
  writeFileSync(file, `${text}\n`)
  print(`\nThe figures of every round: ${file}`)
}

function describeGoals(
  origin: string,
  { rounds, seconds }: BenchOptions,
  all: readonly Series[],
  goals: readonly GoalRow[],
): string {
  const titles = new Set(all.filter(({ rival }) => rival.fixedSetup === undefined).map(({ rival }) => rival.title))
  return `${formatGoalsAsMarkdown(goals)}\n\n${origin}; ${rounds} rounds of ${seconds} s. ${[...titles].join(' · ')}.`
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
