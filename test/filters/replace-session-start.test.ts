import { expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import { replaceSessionStart } from '../../src/filters/replace-session-start.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceSessionStart', () => replaceSessionStart((event) => event))
replacementCases('replaceSessionStart', replaceSessionStart, new Data())

test('replaceSessionStart replaces the first event of a session and no other', () => {
  const session = runPipeline([replaceSessionStart(new Data('220 ready\r\n'))]).feed(new Data(), new Data(), 'HELO')
  expect(session.take()).toEqual(['data "220 ready\\r\\n"', 'flush', 'data "HELO"'])
})
