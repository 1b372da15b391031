import { expect, test } from 'vitest'
import { Message } from '../../src/events.ts'
import { handleMessageEnd } from '../../src/filters/handle-message-end.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('handleMessageEnd', () => handleMessageEnd(() => undefined))

test('handleMessageEnd calls back with the end of each message, tail and all, before it passes', () => {
  const seen: unknown[] = []
  const session = runPipeline([handleMessageEnd((end) => void seen.push(end.tail, session.output.length))])
  session.feed(new Message(undefined, 'x', { digest: 'abc' }), new Message())
  expect(seen).toEqual([{ digest: 'abc' }, 2, undefined, 4])
})
