import { expect, test } from 'vitest'
import { Data } from '../../src/events.ts'
import { handleData } from '../../src/filters/handle-data.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('handleData', () => handleData(() => undefined))

test('handleData calls back with each piece of data before it passes', () => {
  const seen: unknown[] = []
  const session = runPipeline([handleData((data) => void seen.push(data.toString(), session.output.length))])
  session.feed('one', 'two')
  expect(seen).toEqual(['one', 0, 'two', 1])
})

test('handleData lets a flush pass without calling back', () => {
  let calls = 0
  expect(
    runPipeline([handleData(() => void calls++)])
      .feed(new Data())
      .take(),
  ).toEqual(['flush'])
  expect(calls).toBe(0)
})

test('handleData gives the variables of the session as the last argument', () => {
  const variables = { count: 5 }
  const session = runPipeline<typeof variables>([handleData((_, $) => void $.count++)], { variables }).feed('a', 'b')
  expect([session.pipeline.context.count, variables.count]).toEqual([7, 5])
})

test('handleData holds back what follows until its promise settles, and keeps the bytes until then', async () => {
  let go: () => void = () => undefined
  const seen: unknown[] = []
  const session = runPipeline([
    handleData(async (data) => {
      await new Promise<void>((resolve) => (go = resolve))
      seen.push(data.toString())
    }),
  ])
  session.feed('one', 'two')
  expect([session.take(), session.pauses]).toEqual([[], 1])
  go()
  expect(await session.settle()).toEqual(['data "one"'])
  expect(session.pauses).toBe(1)
  go()
  expect(await session.settle()).toEqual(['data "two"'])
  expect([seen, session.pauses]).toEqual([['one', 'two'], 0])
})

test('handleData ends the pipeline when its callback throws, and logs where', () => {
  const session = runPipeline([
    handleData(() => {
      throw new TypeError('no such thing')
    }),
  ])
  session.feed('one', 'two')
  expect(session.take()).toEqual(['close CALLBACK_FAILED'])
  const text = 'Cannot run the callback of handleData in listen 8000: no such thing'
  expect(session.proxy.log.messages('error')).toEqual([text])
})

test('handleData ends the pipeline when its promise is rejected', async () => {
  const session = runPipeline([handleData(() => Promise.reject(new Error('no')))]).feed('one', 'two')
  expect(await session.settle()).toEqual(['close CALLBACK_FAILED'])
  expect(session.pauses).toBe(0)
})

test('handleData ignores what its callback returns', () => {
  expect(
    runPipeline([handleData(() => 'text')])
      .feed('one')
      .take(),
  ).toEqual(['data "one"'])
})

test('handleData refuses what is no function', () => {
  expect(() => handleData('x' as never)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: 'Cannot configure handleData: the callback must be a function, got "x"',
    }),
  )
})
