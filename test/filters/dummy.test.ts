import { expect, test } from 'vitest'
import { Data, Message } from '../../src/events.ts'
import { dummy } from '../../src/filters/dummy.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('dummy', () => dummy(), { passes: [] })

test('dummy drops everything', () => {
  expect(
    runPipeline([dummy()])
      .feed(new Message({ path: '/' }, 'x'), 'y', new Data())
      .take(),
  ).toEqual([])
})

test('dummy answers a request that it drops with NO_RESPONSE', () => {
  const session = new ProxyUnderTest([dummy()]).open(true).feed(new Message({ path: '/' }, 'x'))
  expect(session.take()).toEqual(['close NO_RESPONSE'])
  expect(session.proxy.log.messages('error')).toEqual([
    'Cannot answer the request at dummy in listen 8000: it drops all messages',
  ])
})
