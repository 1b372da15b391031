import { expect, test } from 'vitest'
import { Message, MessageStart } from '../../src/events.ts'
import { handleMessageBody } from '../../src/filters/handle-message-body.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('handleMessageBody', () => handleMessageBody(() => undefined), { begin: [new MessageStart(), 'begun'] })

test('handleMessageBody calls back with each whole body, which may be empty, before the end of the message passes', () => {
  const seen: unknown[] = []
  const session = runPipeline([handleMessageBody((body) => void seen.push(body.toString(), session.output.length))])
  session.feed(new Message({ path: '/' }, 'text'), new Message({ path: '/' }))
  expect(seen).toEqual(['text', 2, '', 4])
})

test('handleMessageBody leaves a head unread', () => {
  const source = { toHead: () => ({ headers: {} }), withUnknownLength: () => source }
  const session = runPipeline([handleMessageBody(() => undefined)])
  session.feed(new MessageStart(undefined, source), 'x')
  expect(session.output[0]).toMatchObject({ isHeadRead: false })
})

test('handleMessageBody cuts a body off beyond maxBodyBytes', () => {
  const bodies: unknown[] = []
  const session = runPipeline([handleMessageBody((body) => void bodies.push(body.toString()), { maxBodyBytes: 3 })])
  session.feed(new Message(undefined, 'text'))
  expect(bodies).toEqual(['tex'])
  expect(session.take()).toEqual(['start', 'data "text"', 'end'])
})
