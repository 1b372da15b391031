import { fileURLToPath } from 'node:url'
import { RunningProcess } from '../machine/running-process.ts'
import type { Work } from '../works.ts'

/** What the client saw. Times are those of saturation: every connection asks again as soon as it has its answer. */
export interface LoadReport {
  readonly requestCount: number
  readonly durationUs: number
  /** wrk tells these, h2load does not. */
  readonly p50Us?: number
  readonly p99Us?: number
  /** h2load tells these: see `generateArrivals`. */
  readonly slowestUs?: number
  readonly clientSpread?: number
  /** Requests that got no answer. */
  readonly failedCount: number
  /** Answers of status 400 and more. */
  readonly errorStatusCount: number
}

export interface LoadOptions {
  readonly wrk: string
  readonly port: number
  readonly seconds: number
  readonly core: number | undefined
  readonly folder: string
}

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url))
const GRACE_MS = 10_000

/** Runs wrk against a proxy for a time. Throws when it says nothing. */
export async function generateLoad(work: Work, options: LoadOptions): Promise<LoadReport> {
  const { seconds } = options
  const load = startLoad(work, options)
  // wrk knows whole seconds only, but reports what it has when it is interrupted.
  const interruptAfterMs = seconds < Math.ceil(seconds) ? seconds * 1000 : undefined
  const text = await load.finish(interruptAfterMs, seconds * 1000 + GRACE_MS)
  const report = /^report (.+)$/m.exec(text)?.[1]
  if (report === undefined) throw new Error(`Cannot read what wrk reports: it printed\n${text}`)
  return JSON.parse(report) as LoadReport
}

/** Starts wrk against a proxy, for as many whole seconds as the time that is asked for takes. */
export function startLoad(work: Work, { wrk, port, seconds, core, folder }: LoadOptions): RunningProcess {
  const fields = Object.entries(work.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const url = `http://127.0.0.1:${port}${work.path}`
  const words = ['-t1', `-c${work.connectionCount}`, `-d${Math.ceil(seconds)}s`, ...fields, '-s', SCRIPT, url, '--']
  const ofScript = [String(work.requestBytes), String(work.pathCount ?? 0)]
  return new RunningProcess({ file: wrk, arguments: [...words, ...ofScript] }, { core, folder })
}
