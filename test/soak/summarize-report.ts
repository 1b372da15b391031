import type { SoakReport } from './soak-report.ts'

/** A report's numbers, as they are written to a file. */
export interface SoakSummary {
  readonly seed: number
  readonly connections: number
  readonly requests: number
  /** Right ones. */
  readonly answers: number
  readonly seconds: number
  readonly requestsPerSecond: number
  /** By status. Must be empty. */
  readonly serverErrors: Readonly<Record<string, number>>
  /** Must be 0. */
  readonly wrong: number
  /** Must be 0. */
  readonly lost: number
  /** Requests that the proxy changed on their way. Must be 0. */
  readonly damaged: number
  /** Requests that met a connection as the upstream gave it up, by how. */
  readonly races: Readonly<Record<string, number>>
  readonly upstreamConnections: number
  readonly requestsPerConnection: number
  /** Connections that the upstream closed while they were idle, by how. */
  readonly idleCloses: Readonly<Record<string, number>>
  readonly clientDepartures: number
  /** Requests that the upstream saw more than once, by method. */
  readonly seenTwice: Readonly<Record<string, number>>
  /** Requests that it answered more than once, by method. Must be empty. */
  readonly answeredTwice: Readonly<Record<string, number>>
  /** Must be 0. */
  readonly proxyExit: number | string | null
  /** Whether all that must be 0 is. */
  readonly isHeld: boolean
}

/** Takes the numbers out of a report, and judges them. */
export function summarizeReport({
  seed,
  connections,
  requests,
  seconds,
  tally,
  upstream,
  proxyExit,
}: SoakReport): SoakSummary {
  const { right, wrong, lost, serverErrors, departures } = tally
  const { damaged, answeredTwice } = upstream
  const isHeld =
    right === requests &&
    wrong + lost + damaged === 0 &&
    sum(serverErrors) + sum(answeredTwice) === 0 &&
    proxyExit === 0
  return {
    seed,
    connections,
    requests,
    answers: right,
    seconds: Number(seconds.toFixed(1)),
    requestsPerSecond: Math.round(requests / seconds),
    serverErrors,
    wrong,
    lost,
    damaged,
    races: upstream.races,
    upstreamConnections: upstream.connections,
    requestsPerConnection: Number((upstream.answers / upstream.connections).toFixed(1)),
    idleCloses: upstream.idleCloses,
    clientDepartures: departures,
    seenTwice: upstream.seenTwice,
    answeredTwice,
    proxyExit,
    isHeld,
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
