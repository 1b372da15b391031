import { describe, test } from 'vitest'
import type { ResponseCase } from './corpus-case.ts'
import { useCorpusSite } from './corpus-site.ts'
import { RESPONSE_CASES } from './responses/index.ts'
import { runResponseCase } from './run-response-case.ts'

const site = useCorpusSite()

for (const [subject, cases] of Object.entries(RESPONSE_CASES)) {
  describe(`muxHTTP and demuxHTTP, ${subject}:`, () => {
    test.each(cases.map((given) => [outcomeOf(given), given] as const))('%s', async (_, given) => {
      await site.runEachWay(given, runResponseCase)
    })
  })
}

function outcomeOf({ name, expect: { answer, isReused } }: ResponseCase): string {
  if (answer === undefined) return `answer 502 for ${name}, and use the connection no more`
  return `pass on ${name}, and use the connection ${isReused ? 'again' : 'no more'}`
}
