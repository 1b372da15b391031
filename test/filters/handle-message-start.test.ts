import { expect, test } from 'vitest'
import { Message, MessageEnd, MessageStart } from '../../src/events.ts'
import { handleMessageStart } from '../../src/filters/handle-message-start.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('handleMessageStart', () => handleMessageStart(() => undefined))

test('handleMessageStart calls back with the start of each message, and what it changes in the head goes on', () => {
  const session = runPipeline([
    handleMessageStart((start) => {
      start.head.path = `/v2${start.head.path}`
    }),
  ])
  session.feed(new Message({ path: '/a' }, 'x'), new Message({ path: '/b' }))
  expect(session.take()).toEqual(['start GET /v2/a', 'data "x"', 'end', 'start GET /v2/b', 'end'])
})

test('handleMessageStart leaves a head unread that its callback does not read', () => {
  const source = { toHead: () => ({ headers: {} }), withUnknownLength: () => source }
  const session = runPipeline([handleMessageStart(() => undefined)])
  session.feed(new MessageStart(undefined, source), new MessageEnd())
  expect(session.output[0]).toMatchObject({ source, isHeadRead: false })
})
