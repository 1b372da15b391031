import { RunningProcess } from '../machine/running-process.ts'
import { pathsOf, USUAL_CONNECTION_COUNT, type Work } from '../works.ts'
import { type LoadOptions, type LoadReport, startLoad } from './generate-load.ts'

/** What h2load tells of requests and clients. */
export interface ArrivalReport extends LoadReport {
  /** Of all requests the slowest, from the connection's start where it was the connection's first. */
  readonly slowestUs: number
  /** Standard deviation of the clients' requests per second, in parts of their mean. */
  readonly clientSpread: number
}

/** Requests of each client for each second of the time that is asked for: about what a proxy on one core has time for. */
const REQUESTS_PER_SECOND = 20
const MIN_REQUESTS = 2
const GRACE_MS = 60_000

/**
 * Lets all connections of a work arrive at once while a proxy serves others already, and waits until every client has
 * had its requests answered: however long one is kept waiting, it is counted.
 * Throws when h2load says nothing.
 */
export async function generateArrivals(work: Work, h2load: string, options: LoadOptions): Promise<ArrivalReport> {
  const { port, seconds, core, folder } = options
  const requestsEach = Math.max(MIN_REQUESTS, Math.round(seconds * REQUESTS_PER_SECOND))
  const requestCount = requestsEach * work.connectionCount
  const [path = ''] = pathsOf(work)
  const url = `http://127.0.0.1:${port}${path}`
  const words = ['--h1', '-t1', `-c${work.connectionCount}`, '-m1', `-n${requestCount}`, url]
  const busy = startLoad({ ...work, connectionCount: USUAL_CONNECTION_COUNT }, { ...options, seconds: GRACE_MS / 1000 })
  try {
    const load = new RunningProcess({ file: h2load, arguments: words }, { core, folder })
    return parseArrivals(await load.finish(undefined, GRACE_MS))
  } finally {
    await busy.stop()
  }
}

/** Reads what h2load prints at its end. Throws when it is something else. */
export function parseArrivals(text: string): ArrivalReport {
  const finished = find(text, /^finished in ([\d.]+(?:us|ms|s|m)),/m)
  const total = find(text, /^requests: (\d+) total/m)
  const succeeded = find(text, /^requests: .* (\d+) succeeded/m)
  const statuses = /^status codes: \d+ 2xx, \d+ 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(text) ?? []
  const errorStatusCount = Number(statuses[1] ?? 0) + Number(statuses[2] ?? 0)
  const slowest = find(text, /^time for request: +\S+ +(\S+)/m)
  const slowestFirst = find(text, /^time to 1st byte: +\S+ +(\S+)/m)
  const rates = /^req\/s +: +[\d.]+ +[\d.]+ +([\d.]+) +([\d.]+)/m.exec(text)
  if (rates === null) throw cannotRead(text)
  return {
    requestCount: Number(succeeded),
    durationUs: readTime(finished),
    // What succeeded has a status below 400; what failed has another one, or none at all.
    failedCount: Number(total) - Number(succeeded) - errorStatusCount,
    errorStatusCount,
    slowestUs: Math.max(readTime(slowest), readTime(slowestFirst)),
    clientSpread: Number(rates[2]) / Number(rates[1]),
  }
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw cannotRead(text)
  return found
}

function cannotRead(text: string): Error {
  return new Error(`Cannot read what h2load reports: it printed\n${text}`)
}

const MICROSECONDS = { us: 1, ms: 1000, s: 1e6, m: 60e6 }

function readTime(text: string): number {
  const [, value, unit = 's'] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? []
  return Number(value) * MICROSECONDS[unit as keyof typeof MICROSECONDS]
}
