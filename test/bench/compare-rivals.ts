import { loadavg } from 'node:os'
import { findRivals } from './find-rivals.ts'
import type { UpstreamPorts } from './load/start-upstream.ts'
import { checkRival, type Laboratory } from './measure.ts'
import type { BenchOptions } from './options.ts'
import { formatTable } from './report/format-table.ts'
import { type Rival, setupFor, takesPart } from './rivals/rival.ts'
import { runRounds, type Series } from './run-rounds.ts'
import { isNeededForGoals } from './work-goals.ts'
import type { Work } from './works.ts'

/** Measures works with Sluice and its rivals, those that answer right, and prints a table of each work. */
export async function compareRivals(
  options: BenchOptions,
  upstreamPorts: UpstreamPorts,
  laboratory: Laboratory,
): Promise<Series[]> {
  const works = options.works.filter((work) => work.arrivesAtOnce !== true || laboratory.h2load !== undefined)
  if (works.length < options.works.length) {
    print('arrival is left out: h2load is missing (apt-get install -y nghttp2-client)')
  }
  const found = findRivals(options, laboratory.folder)
  for (const notice of found.notices) print(notice)
  if ((loadavg()[0] ?? 0) > 0.7) print('This machine is busy with something else: the figures will not be steady')
  const isMeasured = (rival: Rival, work: Work): boolean =>
    takesPart(rival, work) && (!options.isGoals || isNeededForGoals(rival, work))
  const rivals = await keepThoseThatAnswer(found.rivals, works, isMeasured, laboratory)
  const rounds = { rivals, works, takesPart: isMeasured, rounds: options.rounds, sharesProcess: options.isSmoke }
  const all = await runRounds(rounds, upstreamPorts, laboratory)
  for (const work of works) printWork(all.filter((series) => series.work === work))
  return all
}

function printWork(ofWork: readonly Series[]): void {
  const [subject] = ofWork
  if (subject === undefined) return
  const other = ofWork.find((each) => each.rival.name !== subject.rival.name)
  const base = ofWork.find((each) => each.rival.name === 'nginx') ?? other ?? subject
  print(`\n${formatTable(ofWork, subject, base)}`)
}

/**
 * Checks every rival in each of its set-ups; one that answers wrong is named and takes no part, and the run ends with
 * exit code 1. Throws when it is the first, which all others are compared with.
 */
async function keepThoseThatAnswer(
  rivals: readonly Rival[],
  works: readonly Work[],
  isMeasured: (rival: Rival, work: Work) => boolean,
  laboratory: Laboratory,
): Promise<Rival[]> {
  const kept: Rival[] = []
  for (const rival of rivals) {
    const setups = new Set(works.filter((work) => isMeasured(rival, work)).map((work) => setupFor(rival, work)))
    try {
      for (const setup of setups) await checkRival(rival, setup, laboratory)
      if (setups.size > 0) kept.push(rival)
    } catch (error) {
      if (rival === rivals[0]) throw error
      print(`${rival.title} takes no part: ${String((error as Error).message)}`)
      process.exitCode = 1
    }
  }
  return kept
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
