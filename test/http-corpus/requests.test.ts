import { describe, test } from 'vitest'
import type { RequestCase } from './corpus-case.ts'
import { useCorpusSite } from './corpus-site.ts'
import { REQUEST_CASES } from './requests/index.ts'
import { runRequestCase } from './run-request-case.ts'

const site = useCorpusSite()

for (const [subject, cases] of Object.entries(REQUEST_CASES)) {
  describe(`demuxHTTP and muxHTTP, ${subject}:`, () => {
    test.each(cases.map((given) => [outcomeOf(given), given] as const))('%s', async (_, given) => {
      await site.runEachWay(given, runRequestCase)
    })
  })
}

function outcomeOf({ name, expect: { forward, refuse } }: RequestCase): string {
  if (refuse === undefined) return `forward ${name}`
  return forward.length === 0
    ? `refuse ${name} with ${refuse}`
    : `forward what is right and refuse ${name} with ${refuse}`
}
