import { fileURLToPath } from 'node:url'
import { RunningProcess } from '../machine/running-process.ts'
import type { Work } from '../works.ts'

/** What the client saw. Times are those of saturation: every connection asks again as soon as it has its answer. */
export interface LoadReport {
  readonly requestCount: number
  readonly durationUs: number
  readonly bytes: number
  readonly p50Us: number
  readonly p99Us: number
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
  const { wrk, port, seconds, core, folder } = options
  const wholeSeconds = Math.ceil(seconds)
  const url = `http://127.0.0.1:${port}${work.path}`
  const connections = `-c${work.connectionCount}`
  const words = ['-t1', connections, `-d${wholeSeconds}s`, '-s', SCRIPT, url, '--', String(work.requestBytes)]
  const load = new RunningProcess({ file: wrk, arguments: words }, { core, folder })
  // wrk knows whole seconds only, but reports what it has when it is interrupted.
  const interruptAfterMs = seconds < wholeSeconds ? seconds * 1000 : undefined
  const text = await load.finish(interruptAfterMs, seconds * 1000 + GRACE_MS)
  const report = /^report (.+)$/m.exec(text)?.[1]
  if (report === undefined) throw new Error(`Cannot read what wrk reports: it printed\n${text}`)
  return JSON.parse(report) as LoadReport
}
