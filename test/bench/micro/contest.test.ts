import { describe, expect, test } from 'vitest'
import { checkContest, type Contest } from './contest.ts'
import { CONTESTS } from './run-micro.ts'

function contestOf(...results: unknown[]): Contest {
  const contestants = results.map((result, i) => ({ title: `number ${i}`, check: () => result, run: () => 0 }))
  return { title: 'numbers', contestants }
}

describe('checkContest', () => {
  test('takes contestants that come to the same', async () => {
    await checkContest(contestOf([1, { a: 2 }], Promise.resolve([1, { a: 2 }])))
  })

  test('refuses a contestant that comes to something else', async () => {
    await expect(checkContest(contestOf([1], [1], ['1']))).rejects.toThrow(
      'Cannot time "numbers": number 0 gives [1], number 2 ["1"]',
    )
  })
})

test.each(CONTESTS.map((makeContest, i) => [i, makeContest] as const))(
  'contestants do the same job in contest %i',
  async (_, makeContest) => {
    const contest = await makeContest()
    await checkContest(contest)
    // What is timed counts its work and throws when it is not done.
    for (const { run } of contest.contestants) await run(3)
  },
)
