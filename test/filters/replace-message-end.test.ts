import { expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart } from '../../src/events.ts'
import { replaceMessageEnd } from '../../src/filters/replace-message-end.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceMessageEnd', () => replaceMessageEnd(), { passes: ['raw', new MessageStart({ path: '/' })] })
replacementCases('replaceMessageEnd', replaceMessageEnd, new MessageEnd())

test('replaceMessageEnd replaces the end, as to add to the body', () => {
  const session = runPipeline([replaceMessageEnd((end) => [new Data('!'), end])])
  session.feed(new Message({ path: '/' }, 'text', { digest: 'x' }))
  expect(session.take()).toEqual(['start GET /', 'data "text"', 'data "!"', 'end {"digest":"x"}'])
})
