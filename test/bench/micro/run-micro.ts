import type { BenchOptions } from '../options.ts'
import { alignColumns } from '../report/format-table.ts'
import { median, pairedRatio, spread } from '../report/statistics.ts'
import { cacheHitContest, cacheMissContest } from './cache-contest.ts'
import { type Contest, type ContestResult, hold } from './contest.ts'
import { contextContest } from './context-contest.ts'
import { headContest } from './head-contest.ts'
import { requestContest } from './request-contest.ts'
import { resourcePoolContest } from './resource-pool-contest.ts'
import { urlRouterContest } from './url-router-contest.ts'

const CONTESTS: readonly (() => Contest | Promise<Contest>)[] = [
  requestContest,
  headContest,
  urlRouterContest,
  cacheHitContest,
  cacheMissContest,
  resourcePoolContest,
  contextContest,
]
const SMOKE = { rounds: 1, milliseconds: 1 }
const MILLISECONDS = 100

/** Times the hot parts by themselves, each beside the best library for the same job, and prints the tables. */
export async function runMicro({ isSmoke, rounds }: BenchOptions): Promise<void> {
  for (const makeContest of CONTESTS) {
    const contest = await makeContest()
    const results = await hold(contest, isSmoke ? SMOKE : { rounds, milliseconds: MILLISECONDS })
    process.stdout.write(`\n${formatContest(contest, results)}\n`)
  }
}

function formatContest(contest: Contest, results: readonly ContestResult[]): string {
  const [own] = results
  const rows = results.map(({ contestant, nanoseconds }) => [
    contestant.title,
    median(nanoseconds).toFixed(1),
    nanoseconds.length < 2 ? '' : `${(spread(nanoseconds) * 100).toFixed(0)} %`,
    `${pairedRatio(nanoseconds, own?.nanoseconds ?? []).toFixed(2)}×`,
  ])
  return `${contest.title}\n${alignColumns([['', 'ns', '±', 'time'], ...rows])}`
}
