import type { ActReport } from './act-report.ts'

/** Of several times, in milliseconds; NaN when there are none. */
export interface Times {
  readonly median: number
  readonly worst: number
}

/** The figures of an act. */
export interface ActSummary {
  readonly name: string
  /** Requests that may be sent twice. */
  readonly requests: number
  readonly lost: number
  readonly mixed: number
  readonly posts: number
  readonly failedPosts: number
  readonly repeatedPosts: number
  readonly retries: number | undefined
  /** Of the requests that may be sent twice, from the request to the last byte of its answer. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** From a fault until the proxy's service holds the target for not healthy. */
  readonly ejectMs: Times
  /** From the moment in which an upstream is well again until it has answered a request. */
  readonly returnMs: Times
}

export function summarizeAct(report: ActReport): ActSummary {
  const { name, records, faults, lost, mixed, failedPosts, repeatedPosts, retries } = report
  const safe = records.filter(({ method }) => method !== 'POST')
  const times = safe.map(({ sentMs, endedMs }) => endedMs - sentMs).sort((a, b) => a - b)
  return {
    name,
    requests: safe.length,
    lost: lost.length,
    mixed: mixed.length,
    posts: records.length - safe.length,
    failedPosts: failedPosts.length,
    repeatedPosts: repeatedPosts.length,
    retries,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    ejectMs: timesOf(faults.flatMap(({ faultMs, leftMs }) => (leftMs === undefined ? [] : [leftMs - faultMs]))),
    returnMs: timesOf(faults.map(({ wellMs, loadedMs }) => loadedMs - wellMs)),
  }
}

function timesOf(values: readonly number[]): Times {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), worst: sorted.at(-1) ?? Number.NaN }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
