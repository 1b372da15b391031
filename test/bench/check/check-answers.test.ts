import { afterEach, expect, test } from 'vitest'
import { checkAnswers } from './check-answers.ts'
import { startCheckUpstream } from './check-upstream.ts'

const started: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of started.splice(0)) await each.stop()
})

test('checkAnswers refuses a server that does not route', async () => {
  const upstream = await startCheckUpstream()
  started.push(upstream)
  await expect(checkAnswers(upstream.ports[0], 'pool', [])).rejects.toThrow(
    'It does not pass the check "routes by path"',
  )
})
