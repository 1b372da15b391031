import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkAnswers, checkWork } from './check/check-answers.ts'
import { startCheckUpstream } from './check/check-upstream.ts'
import { generateArrivals } from './load/generate-arrivals.ts'
import { generateLoad, type LoadOptions, type LoadReport } from './load/generate-load.ts'
import type { UpstreamPorts } from './load/start-upstream.ts'
import type { Cores } from './machine/cores.ts'
import { findFreePorts } from './machine/free-ports.ts'
import { RunningProcess } from './machine/running-process.ts'
import { type Rival, setupFor } from './rivals/rival.ts'
import { type Setup, USUAL_CONNECTION_COUNT, type Work } from './works.ts'

/** What one run of one rival at one work gave. */
export interface Measurement {
  /** Undefined where no process was measured, or the time was too short for the kernel's clock. */
  readonly requestsPerCpuSecond: number | undefined
  readonly requestsPerSecond: number
  /** Undefined when no answer came in time, and where the client tells only of the slowest. */
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
  /** The slowest request of all; only where connections arrive at once. */
  readonly slowestMs?: number | undefined
  /** Standard deviation of requests per client in parts of their mean; only where connections arrive at once. */
  readonly clientSpread?: number | undefined
  readonly peakMemoryMib: number | undefined
  /** Requests without an answer, or with one of status 400 and more. */
  readonly failedCount: number
}

/** What is the same for all measurements of a run. */
export interface Laboratory {
  readonly wrk: string
  /** Without it no work is measured whose connections arrive at once. */
  readonly h2load: string | undefined
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
export async function checkRival(rival: Rival, setup: Setup, laboratory: Laboratory): Promise<void> {
  const upstream = await startCheckUpstream()
  try {
    await withRival(rival, setup, upstream.ports, laboratory, async ({ port, server }) => {
      if (server !== undefined) await checkAnswers(port, setup, rival.lacks ?? [])
    })
  } finally {
    await upstream.stop()
  }
}

/** Starts a rival in a process of its own and measures works of one set-up with it, one after the other. */
export async function measure(
  rival: Rival,
  works: readonly Work[],
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
): Promise<Measurement[]> {
  const [first] = works
  if (first === undefined) return []
  return withRival(rival, setupFor(rival, first), upstreamPorts, laboratory, async (running) => {
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
  setup: Setup,
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
  use: (running: RunningRival) => Promise<T>,
): Promise<T> {
  const folder = join(laboratory.folder, `${rival.name}-${++startedCount}`)
  mkdirSync(folder)
  const [freePort = 0] = await findFreePorts(1)
  const command = rival.prepare({ folder, port: freePort, upstreamPorts }, setup)
  if (command === undefined) return use({ port: upstreamPorts[0], server: undefined })
  const server = new RunningProcess(command, { core: laboratory.cores?.proxy, folder })
  let result: T
  try {
    if (rival.listeningText !== undefined) await server.printed(rival.listeningText)
    await server.listening(freePort)
    result = await use({ port: freePort, server }).catch((cause: Error) => {
      // Why it ended says more than what its end did to the client.
      throw server.hasEnded ? endedTooEarly(rival, server, cause) : cause
    })
    if (server.hasEnded) throw endedTooEarly(rival, server)
  } finally {
    const endedByItself = await server.stop()
    if (!endedByItself) process.stderr.write(`${rival.title} did not end on SIGTERM and was killed\n`)
    rmSync(folder, { recursive: true, force: true })
  }
  return result
}

function endedTooEarly(rival: Rival, server: RunningProcess, cause?: Error): Error {
  return new Error(`${rival.title} ended too early; it printed\n${server.log}`, { cause })
}

async function measureWork(
  rival: Rival,
  work: Work,
  { port, server }: RunningRival,
  { wrk, h2load, cores, folder, seconds, warmUpSeconds }: Laboratory,
): Promise<Measurement> {
  await checkWork(port, work)
  const load = { wrk, port, core: cores?.load, folder }
  const warmUpWork = { ...work, connectionCount: USUAL_CONNECTION_COUNT }
  if (server !== undefined && rival.isJavaScript) await warmUp(warmUpWork, server, warmUpSeconds, load)
  else if (warmUpSeconds > 0)
    await generateLoad(warmUpWork, { ...load, seconds: Math.min(warmUpSeconds, MAX_NATIVE_WARM_UP_SECONDS) })
  const before = server?.usage()
  const report = await loadFully(work, h2load, { ...load, seconds })
  const after = server?.usage()
  const cpuSeconds = before && after ? after.cpuSeconds - before.cpuSeconds : 0
  return {
    // Some of the time went to requests that are not counted where others are served already.
    requestsPerCpuSecond: cpuSeconds > 0 && !work.arrivesAtOnce ? report.requestCount / cpuSeconds : undefined,
    requestsPerSecond: (report.requestCount * 1e6) / report.durationUs,
    p50Ms: report.requestCount > 0 ? toMs(report.p50Us) : undefined,
    p99Ms: report.requestCount > 0 ? toMs(report.p99Us) : undefined,
    slowestMs: toMs(report.slowestUs),
    clientSpread: report.clientSpread,
    peakMemoryMib: after && after.peakMemoryBytes / MIB,
    failedCount: report.failedCount + report.errorStatusCount,
  }
}

async function loadFully(work: Work, h2load: string | undefined, load: LoadOptions): Promise<LoadReport> {
  if (work.arrivesAtOnce !== true) return generateLoad(work, load)
  if (h2load === undefined) throw new Error(`Cannot measure ${work.name}: h2load is missing`)
  return generateArrivals(work, h2load, load)
}

function toMs(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1000
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
