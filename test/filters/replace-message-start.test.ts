import { expect, test } from 'vitest'
import { Message, MessageEnd, MessageStart } from '../../src/events.ts'
import { replaceMessageStart } from '../../src/filters/replace-message-start.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceMessageStart', () => replaceMessageStart(), { passes: ['raw', new MessageEnd({ digest: 'x' })] })
replacementCases('replaceMessageStart', replaceMessageStart, new MessageStart())

test('replaceMessageStart replaces the head and leaves the body', () => {
  const session = runPipeline([replaceMessageStart((start) => new MessageStart({ path: `/v2${start.head.path}` }))])
  session.feed(new Message({ path: '/a' }, 'text'))
  expect(session.take()).toEqual(['start GET /v2/a', 'data "text"', 'end'])
})
