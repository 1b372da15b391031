import type { UpstreamPorts } from '../load/start-upstream.ts'
import { checkRival, type Laboratory } from '../measure.ts'
import type { BenchOptions } from '../options.ts'
import { setupFor, takesPart } from '../rivals/rival.ts'
import { runRounds } from '../run-rounds.ts'
import type { EdgeRival } from './edge-rival.ts'
import type { EdgeSeries } from './edge-series.ts'
import { findEdgeRivals } from './find-edge-rivals.ts'
import { formatEdge } from './format-edge.ts'

/** Measures Sluice on the runtimes of the edge beside their bare fetch, those that answer right, and prints a table. */
export async function compareEdge(
  { edgeWorks: works, rounds }: BenchOptions,
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
): Promise<EdgeSeries[]> {
  const rivals: EdgeRival[] = []
  for (const rival of findEdgeRivals()) {
    try {
      for (const setup of new Set(works.map((work) => setupFor(rival, work))))
        await checkRival(rival, setup, laboratory)
      rivals.push(rival)
    } catch (error) {
      print(`${rival.title} takes no part: ${String((error as Error).message)}`)
      process.exitCode = 1
    }
  }
  // Of each runtime and round one process, which takes the works in turn: what they cost differs by more than that.
  const options = { rivals, works, takesPart, rounds, sharesProcess: true }
  const all = (await runRounds(options, upstreamPorts, laboratory)) as EdgeSeries[]
  print(`\n${formatEdge(all)}`)
  return all
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
