import { expect, test } from 'vitest'
import { Data, StreamEnd } from '../../src/events.ts'
import { replaceSessionEnd } from '../../src/filters/replace-session-end.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceSessionEnd', () => replaceSessionEnd((end) => end))
replacementCases('replaceSessionEnd', replaceSessionEnd, new StreamEnd())

test('replaceSessionEnd replaces the end of the stream, as to say goodbye', () => {
  const session = runPipeline([replaceSessionEnd((end) => [new Data('bye'), end])]).feed('x', new StreamEnd())
  expect(session.take()).toEqual(['data "x"', 'data "bye"', 'close'])
})
