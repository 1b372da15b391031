import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkAnswers, checkWork } from './check/check-answers.ts'
import { startCheckUpstream } from './check/check-upstream.ts'
import { generateLoad, type LoadOptions } from './load/generate-load.ts'
import type { UpstreamPorts } from './load/start-upstream.ts'
import type { Cores } from './machine/cores.ts'
import { findFreePorts } from './machine/free-ports.ts'
import { RunningProcess } from './machine/running-process.ts'
import type { Rival } from './rivals/rival.ts'
import type { Work } from './works.ts'

/** What one run of one rival at one work gave. */
export interface Measurement {
  /** Undefined where no process was measured, or the time was too short for the kernel's clock. */
  readonly requestsPerCpuSecond: number | undefined
  readonly requestsPerSecond: number
  /** Undefined when no answer came in time. */
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  readonly peakMemoryMib: number | undefined
  /** Requests without an answer, or with one of status 400 and more. */
  readonly failedCount: number
}

/** What is the same for all measurements of a run. */
export interface Laboratory {
  readonly wrk: string
  readonly cores: Cores | undefined
  readonly folder: string
  readonly seconds: number
  readonly warmUpSeconds: number
}

const MIB = 1024 * 1024
/** What runs compiled needs no more than its connections opened. */
const MAX_NATIVE_WARM_UP_SECONDS = 0.5
const WARM_UP_STEP_SECONDS = 1
/** A proxy under full load works for nearly all of the time, not quite all. */
const MIN_BUSY_SHARE = 0.9
const MAX_WARM_UP_FACTOR = 5
let startedCount = 0

/** Starts a rival in a process of its own and checks that it answers right. Throws when it does not. */
export async function checkRival(rival: Rival, laboratory: Laboratory): Promise<void> {
  const upstream = await startCheckUpstream()
  try {
    await withRival(rival, upstream.ports, laboratory, async ({ port, server }) => {
      if (server !== undefined) await checkAnswers(port, rival.lacks ?? [])
    })
  } finally {
    await upstream.stop()
  }
}

/** Starts a rival in a process of its own and measures works with it, one after the other. */
export async function measure(
  rival: Rival,
  works: readonly Work[],
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
): Promise<Measurement[]> {
  return withRival(rival, upstreamPorts, laboratory, async (running) => {
    const measurements: Measurement[] = []
    for (const work of works) measurements.push(await measureWork(rival, work, running, laboratory))
    return measurements
  })
}

interface RunningRival {
  readonly port: number
  readonly server: RunningProcess | undefined
}

/** Runs something while a rival runs in a folder of its own. */
export async function withRival<T>(
  rival: Rival,
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
  use: (running: RunningRival) => Promise<T>,
): Promise<T> {
  const folder = join(laboratory.folder, `${rival.name}-${++startedCount}`)
  mkdirSync(folder)
  const [freePort = 0] = await findFreePorts(1)
  const command = rival.prepare({ folder, port: freePort, upstreamPorts })
  if (command === undefined) return use({ port: upstreamPorts[0], server: undefined })
  const server = new RunningProcess(command, { core: laboratory.cores?.proxy, folder })
  let result: T
  try {
    await server.listening(freePort)
    result = await use({ port: freePort, server })
    if (server.hasEnded) throw new Error(`${rival.title} ended too early; it printed\n${server.log}`)
  } finally {
    const endedByItself = await server.stop()
    if (!endedByItself) process.stderr.write(`${rival.title} did not end on SIGTERM and was killed\n`)
    rmSync(folder, { recursive: true, force: true })
  }
  return result
}

async function measureWork(
  rival: Rival,
  work: Work,
  { port, server }: RunningRival,
  { wrk, cores, folder, seconds, warmUpSeconds }: Laboratory,
): Promise<Measurement> {
  await checkWork(port, work)
  const load = { wrk, port, core: cores?.load, folder }
  if (server !== undefined && rival.isJavaScript) await warmUp(work, server, warmUpSeconds, load)
  else if (warmUpSeconds > 0)
    await generateLoad(work, { ...load, seconds: Math.min(warmUpSeconds, MAX_NATIVE_WARM_UP_SECONDS) })
  const before = server?.usage()
  const report = await generateLoad(work, { ...load, seconds })
  const after = server?.usage()
  const cpuSeconds = before && after ? after.cpuSeconds - before.cpuSeconds : 0
  return {
    requestsPerCpuSecond: cpuSeconds > 0 ? report.requestCount / cpuSeconds : undefined,
    requestsPerSecond: (report.requestCount * 1e6) / report.durationUs,
    p50Ms: report.requestCount > 0 ? report.p50Us / 1000 : undefined,
    p99Ms: report.requestCount > 0 ? report.p99Us / 1000 : undefined,
    peakMemoryMib: after && after.peakMemoryBytes / MIB,
    failedCount: report.failedCount + report.errorStatusCount,
  }
}

/** Loads a rival until it has worked for that long: on a busy machine that takes longer than the clock says. */
async function warmUp(
  work: Work,
  server: RunningProcess,
  seconds: number,
  load: Omit<LoadOptions, 'seconds'>,
): Promise<void> {
  const end = server.usage().cpuSeconds + seconds * MIN_BUSY_SHARE
  const deadline = performance.now() + seconds * 1000 * MAX_WARM_UP_FACTOR
  while (server.usage().cpuSeconds < end && performance.now() < deadline) {
    await generateLoad(work, { ...load, seconds: Math.min(seconds, WARM_UP_STEP_SECONDS) })
  }
}
