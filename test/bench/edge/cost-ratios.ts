import type { EdgeSeries } from './edge-series.ts'

/**
 * Processor time for a request as a multiple of the bare fetch's of the same runtime at the same work: one figure for each
 * round, from measurements of that round. Empty when the bare fetch took no part.
 */
export function costRatios(own: EdgeSeries, all: readonly EdgeSeries[]): number[] {
  const bare = all.find(({ work, rival }) => work === own.work && rival.runtime === own.rival.runtime && rival.isBare)
  return own.measurements.flatMap(({ requestsPerCpuSecond: rate }, i) => {
    const bareRate = bare?.measurements[i]?.requestsPerCpuSecond
    // A time in which nobody was answered tells nothing.
    return rate === undefined || bareRate === undefined || rate === 0 || bareRate === 0 ? [] : bareRate / rate
  })
}
