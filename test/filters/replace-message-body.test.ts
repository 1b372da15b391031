import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { replaceMessageBody } from '../../src/filters/replace-message-body.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceMessageBody', () => replaceMessageBody((body) => body), {
  passes: ['raw', new Data(), new Message({ path: '/' }, 'text', { digest: 'x' })],
  begin: [new MessageStart(), 'begun'],
})
replacementCases('replaceMessageBody', replaceMessageBody, new Message({ path: '/' }, 'text', { digest: 'x' }), {
  before: ['start GET /'],
  after: ['end {"digest":"x"}'],
})

describe('replaceMessageBody', () => {
  test('passes the head at once, and the replacement with the end', () => {
    const session = runPipeline([replaceMessageBody((body) => new Data(`<${body.toString()}>`))])
    session.feed(new MessageStart({ path: '/' }), 'one ', 'two')
    expect(session.take()).toEqual(['start GET /'])
    session.feed(new MessageEnd())
    expect(session.take()).toEqual(['data "<one two>"', 'end'])
  })

  test('takes the length out of the head', () => {
    const head = { status: 200, headers: { 'content-length': '4', server: 'a' } }
    const session = runPipeline([replaceMessageBody()]).feed(new Message(head, 'text'))
    const [start] = session.output as [MessageStart]
    expect({ ...start.head.headers }).toEqual({ server: 'a' })
    expect(session.take()).toEqual(['start 200', 'end'])
  })

  test('fails with BODY_TOO_LARGE beyond maxBodyBytes', () => {
    const session = runPipeline([replaceMessageBody((body) => body, { maxBodyBytes: 4 })])
    expect(session.feed(new Message({ path: '/' }, '12345')).take()).toEqual(['start GET /', 'close BODY_TOO_LARGE'])
  })

  test('takes a body of any length when the replacement is a constant', () => {
    const session = runPipeline([replaceMessageBody(new Data('x'), { maxBodyBytes: 4 })])
    expect(session.feed(new Message({ path: '/' }, '12345')).take()).toEqual(['start GET /', 'data "x"', 'end'])
  })

  test('forgets a body that the stream ended in', () => {
    const session = runPipeline([replaceMessageBody((body) => body)])
    session.feed(new MessageStart(), 'text', new StreamEnd())
    expect(session.take()).toEqual(['start', 'close'])
  })
})
