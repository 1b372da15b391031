import { isDeepStrictEqual } from 'node:util'

/** One way of doing a job. */
export interface Contestant {
  readonly title: string
  /** Does the job and tells what came of it, in words that all who do this job share. */
  readonly check: () => unknown
  /** Does the job that many times and gives back something of it, so that the compiler cannot leave the job out. */
  readonly run: (count: number) => unknown
}

/** A job and those who do it; the first is Sluice's own. */
export interface Contest {
  readonly title: string
  readonly contestants: readonly Contestant[]
}

/** Nanoseconds of CPU time per job, one figure per round. */
export interface ContestResult {
  readonly contestant: Contestant
  readonly nanoseconds: readonly number[]
}

export interface ContestOptions {
  readonly rounds: number
  /** Of one contestant in one round. */
  readonly milliseconds: number
}

/**
 * Lets every contestant do the job once.
 * @throws Error with both results when one does not come to what the first comes to
 */
export async function checkContest({ title, contestants }: Contest): Promise<void> {
  const [own, ...others] = contestants
  const expected = await own?.check()
  for (const other of others) {
    const result = await other.check()
    if (isDeepStrictEqual(result, expected)) continue
    const results = `${own?.title} gives ${JSON.stringify(expected)}, ${other.title} ${JSON.stringify(result)}`
    throw new Error(`Cannot time "${title}": ${results}`)
  }
}

/** Times all contestants in each round, in the reverse order every second round, after two rounds that do not count. */
export async function hold(contest: Contest, { rounds, milliseconds }: ContestOptions): Promise<ContestResult[]> {
  const entries = contest.contestants.map((contestant) => ({ contestant, nanoseconds: [] as number[], count: 1 }))
  for (const entry of entries) entry.count = await findCount(entry.contestant, milliseconds)
  for (let round = 0; round < rounds + 2; round++) {
    for (const entry of round % 2 === 0 ? entries : [...entries].reverse()) {
      const time = (await timeRun(entry.contestant, entry.count)) / entry.count
      if (round >= 2) entry.nanoseconds.push(time)
    }
  }
  return entries
}

/** How many times the job is done in about that time. */
async function findCount(contestant: Contestant, milliseconds: number): Promise<number> {
  for (let count = 64; ; count *= 2) {
    const time = await timeRun(contestant, count)
    if (time >= milliseconds * 1e6) return count
  }
}

let kept: unknown

async function timeRun({ run }: Contestant, count: number): Promise<number> {
  // CPU time: what else runs on the machine does not count.
  const start = process.cpuUsage()
  const result = run(count)
  // A job that is asynchronous is over only then; one that is not must not pay for a turn of the event loop.
  kept = result instanceof Promise ? await result : result
  const { user, system } = process.cpuUsage(start)
  return (user + system) * 1000
}

/** What the last run gave back. */
export function lastResult(): unknown {
  return kept
}
