import type { UpstreamPorts } from './load/start-upstream.ts'
import { type Laboratory, type Measurement, measure } from './measure.ts'
import type { Rival } from './rivals/rival.ts'
import type { Work } from './works.ts'

/** The measurements of one rival at one work, one per round. */
export interface Series {
  readonly work: Work
  readonly rival: Rival
  readonly measurements: readonly Measurement[]
}

export interface RoundsOptions {
  readonly rivals: readonly Rival[]
  readonly works: readonly Work[]
  /** Whether a rival is measured at a work. */
  takesPart(rival: Rival, work: Work): boolean
  readonly rounds: number
  /** One process per rival, round and set-up measures all works, in place of one process per work: quicker, less exact. */
  readonly sharesProcess: boolean
}

/**
 * Measures every rival at every work in each round, one after the other, and in the reverse order every second round:
 * what drifts on the machine meets all of them alike.
 */
export async function runRounds(
  options: RoundsOptions,
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
): Promise<Series[]> {
  const { rivals, works, takesPart, rounds, sharesProcess } = options
  const series = works.flatMap((work) =>
    rivals
      .filter((rival) => takesPart(rival, work))
      .map((rival) => ({ work, rival, measurements: [] as Measurement[] })),
  )
  const groups = sharesProcess
    ? Object.values(Object.groupBy(works, ({ setup }) => setup))
    : works.map((work) => [work])
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 1 ? rivals : [...rivals].reverse()
    for (const group of groups) {
      for (const rival of order) {
        const suited = group.filter((work) => takesPart(rival, work))
        if (suited.length === 0) continue
        const measurements = await measure(rival, suited, upstreamPorts, laboratory)
        for (const [i, work] of suited.entries()) {
          const measurement = measurements[i]
          if (measurement === undefined) continue
          series.find((each) => each.work === work && each.rival === rival)?.measurements.push(measurement)
          reportProgress(`round ${round}/${rounds}`, work, rival, measurement)
        }
      }
    }
  }
  return series
}

function reportProgress(round: string, work: Work, rival: Rival, measurement: Measurement): void {
  const { requestsPerCpuSecond, requestsPerSecond } = measurement
  const rate =
    requestsPerCpuSecond === undefined
      ? `${Math.round(requestsPerSecond)} requests/s`
      : `${Math.round(requestsPerCpuSecond)} requests/CPU-s`
  process.stderr.write(`${round}  ${work.name.padEnd(7)}  ${rival.title}: ${rate}\n`)
}
