import { expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import { handleSessionStart } from '../../src/filters/handle-session-start.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('handleSessionStart', () => handleSessionStart(() => undefined))

test('handleSessionStart calls back once, with the first event of any kind, before it passes', () => {
  const seen: unknown[] = []
  const session = runPipeline([handleSessionStart((event) => void seen.push(event.type, session.output.length))])
  session.feed(new Data(), 'one', 'two')
  expect(seen).toEqual(['Data', 0])
  expect(session.take()).toEqual(['flush', 'data "one"', 'data "two"'])
})

test('handleSessionStart calls back in each session', () => {
  let calls = 0
  const proxy = new ProxyUnderTest([handleSessionStart(() => void calls++)])
  proxy.open().feed('a', 'b')
  proxy.open().feed('c')
  expect(calls).toBe(2)
})

test('handleSessionStart lets a session wait until its promise settles', async () => {
  const variables = { key: '' }
  const session = runPipeline<typeof variables>(
    [
      handleSessionStart(async (_, $) => {
        await Promise.resolve()
        $.key = 'found'
      }),
    ],
    { variables },
  )
  session.feed('one', 'two')
  expect(session.take()).toEqual([])
  expect(await session.settle()).toEqual(['data "one"', 'data "two"'])
  expect(session.pipeline.context.key).toBe('found')
})
