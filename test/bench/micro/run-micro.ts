import type { BenchOptions } from '../options.ts'
import { alignColumns } from '../report/format-table.ts'
import { median, pairedRatio, spread } from '../report/statistics.ts'
import { cacheHitContest, cacheMissContest } from './cache-contest.ts'
import { CODEC_CONTESTS } from './codec-contest.ts'
import { checkContest, type Contest, type ContestResult, hold } from './contest.ts'
import { contextContest } from './context-contest.ts'
import { headContest } from './head-contest.ts'
import { requestContest } from './request-contest.ts'
import { resourcePoolContest } from './resource-pool-contest.ts'
import { manyRoutesContest, urlRouterContest } from './url-router-contest.ts'

/** All of them. */
export const CONTESTS: readonly (() => Contest | Promise<Contest>)[] = [
  requestContest,
  headContest,
  ...CODEC_CONTESTS,
  urlRouterContest,
  manyRoutesContest,
  cacheHitContest,
  cacheMissContest,
  resourcePoolContest,
  contextContest,
]
const SMOKE = { rounds: 1, milliseconds: 1 }
const MILLISECONDS = 100

/**
 * Times the hot parts by themselves, each beside the best library for the same job, and prints the tables.
 * @throws Error when those who do a job do not come to the same result
 */
export async function runMicro({ isSmoke, rounds }: BenchOptions): Promise<void> {
  for (const makeContest of CONTESTS) {
    const contest = await makeContest()
    await checkContest(contest)
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
