import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart } from '../../src/events.ts'
import { replaceData } from '../../src/filters/replace-data.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceData', () => replaceData(), {
  passes: [new Message({ path: '/' }), new Data(), new Message({ status: 200 }, undefined, { digest: 'x' })],
})
replacementCases('replaceData', replaceData, 'text')

describe('replaceData', () => {
  test('replaces each piece of data, and no flush', () => {
    const session = runPipeline([replaceData((data) => new Data(`<${data.toString()}>`))])
    session.feed('one', new Data(), 'two')
    expect(session.take()).toEqual(['data "<one>"', 'flush', 'data "<two>"'])
  })

  test('lets data pass that its callback gives back', () => {
    expect(
      runPipeline([replaceData((data) => data)])
        .feed('one')
        .take(),
    ).toEqual(['data "one"'])
  })

  test('keeps the bytes for a callback that waits', async () => {
    const session = runPipeline([
      replaceData(async (data) => {
        await Promise.resolve()
        return data
      }),
    ])
    expect(await session.feed('one', 'two').settle()).toEqual(['data "one"', 'data "two"'])
  })

  test('takes the length, which no longer holds, out of a head that was read', () => {
    const head = { path: '/', headers: { 'content-length': '4', host: 'a' } }
    const session = runPipeline([replaceData(new Data('longer than that'))])
    session.feed(new MessageStart(head), 'text', new MessageEnd())
    const [start] = session.output as MessageStart[]
    expect({ ...start?.head.headers }).toEqual({ host: 'a' })
    expect(head.headers['content-length']).toBe('4')
  })

  test('asks the source of a head that was not read for one without a length, and leaves it unread', () => {
    const changed = { toHead: () => ({ headers: {} }), withUnknownLength: () => changed }
    const source = { toHead: () => ({ headers: { 'content-length': '4' } }), withUnknownLength: () => changed }
    const session = runPipeline([replaceData()]).feed(new MessageStart(undefined, source))
    expect(session.output[0]).toMatchObject({ source: changed, isHeadRead: false })
  })
})
