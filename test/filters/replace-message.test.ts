import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { replaceMessage } from '../../src/filters/replace-message.ts'
import { ProxyUnderTest, runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'
import { replacementCases } from './replacement.cases.ts'

filterCases('replaceMessage', () => replaceMessage((message) => message), {
  passes: ['raw', new Data(), 'more', new MessageEnd()],
  begin: [new MessageStart(), 'begun'],
})
replacementCases('replaceMessage', replaceMessage, new Message({ path: '/' }, 'text'))

/** A decoded head, as far as filters know one. */
function createSource(): { toHead: () => { headers: object; path: string }; withUnknownLength: () => never } {
  const changed = { toHead: () => ({ headers: {} }), withUnknownLength: () => changed }
  return {
    toHead: () => ({ path: '/', headers: { 'content-length': '4', host: 'a' } }),
    withUnknownLength: () => changed as never,
  }
}

describe('replaceMessage', () => {
  test('swallows the message and outputs the replacement at its end', () => {
    const session = runPipeline([
      replaceMessage(({ head, body }) => new Message({ status: 200 }, `${head.path} ${body}`)),
    ])
    session.feed(new MessageStart({ path: '/a' }), 'one ', new Data(), 'two')
    expect(session.take()).toEqual([])
    session.feed(new MessageEnd(), 'behind', new Message({ path: '/b' }))
    expect(session.take()).toEqual([
      'start 200',
      'data "/a one two"',
      'end',
      'data "behind"',
      'start 200',
      'data "/b "',
      'end',
    ])
  })

  test('gives the tail to the callback', () => {
    const session = runPipeline([replaceMessage(({ tail }) => new Data(String(tail?.['digest'])))])
    expect(session.feed(new Message(undefined, 'x', { digest: 'abc' })).take()).toEqual(['data "abc"'])
  })

  test('forwards the head of a message that comes back unchanged as it came', () => {
    const start = new MessageStart(undefined, createSource() as never)
    const session = runPipeline([replaceMessage((message) => message)])
    session.feed(start, 'text', new MessageEnd())
    expect(session.output[0]).toBe(start)
    expect(session.take()).toEqual(['start GET /', 'data "text"', 'end'])
  })

  test('takes the length out of the head of a message whose body is another one', () => {
    const source = createSource()
    const session = runPipeline([replaceMessage(({ head }) => new Message(head, 'longer'))])
    session.feed(new MessageStart(undefined, source as never), 'text', new MessageEnd())
    const [start] = session.output as [MessageStart]
    expect([{ ...start.head.headers }, start.source]).toEqual([{ host: 'a' }, source.withUnknownLength()])
  })

  test('takes a wrong length out of a head that was copied, and leaves one without a body to it', () => {
    const headers = { 'content-length': '4' }
    const copied = runPipeline([replaceMessage(() => new Message({ status: 200, headers }, 'longer'))])
    const bodiless = runPipeline([replaceMessage(() => new Message({ status: 200, headers }))])
    for (const session of [copied, bodiless]) session.feed(new Message())
    expect((copied.output[0] as MessageStart).head.headers).not.toHaveProperty('content-length')
    expect((bodiless.output[0] as MessageStart).head.headers).toEqual(headers)
  })

  test('fails with BODY_TOO_LARGE beyond maxBodyBytes: 413 for a request, 502 for an answer', () => {
    const statusOf = (head: object): unknown => {
      const session = runPipeline([replaceMessage((message) => message, { maxBodyBytes: 4 })])
      session.feed(new MessageStart(head), '123', '45', '6', new MessageEnd())
      expect(session.output.length).toBe(1)
      return (session.output[0] as StreamEnd).error
    }
    expect(statusOf({ path: '/' })).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413, source: 'downstream' })
    expect(statusOf({ status: 200 })).toMatchObject({ code: 'BODY_TOO_LARGE', status: 502, source: 'upstream' })
  })

  test('takes a body of any length and leaves the head unread when the replacement is a constant', () => {
    const session = runPipeline([replaceMessage(new Message({ status: 404 }, 'No route'), { maxBodyBytes: 4 })])
    const start = new MessageStart(undefined, createSource() as never)
    session.feed(start, '123456', '7', new MessageEnd())
    expect(session.take()).toEqual(['start 404', 'data "No route"', 'end'])
    expect(start.isHeadRead).toBe(false)
  })

  test('forgets a message that the stream ended in', () => {
    const session = runPipeline([replaceMessage((message) => message)])
    session.feed(new MessageStart(), 'text', new StreamEnd(), new MessageEnd())
    expect(session.take()).toEqual(['close', 'end'])
  })

  test.each([
    ['no replacement', undefined],
    ['an empty array', []],
    ['a callback that gives nothing', () => null],
    ['a callback that gives an array of nothing', () => [null, undefined]],
    ['a promise of nothing', () => Promise.resolve(undefined)],
  ])('answers a request with NO_RESPONSE for %s', async (_, replacement) => {
    const session = new ProxyUnderTest([replaceMessage(replacement)]).open(true).feed(new Message({ path: '/' }))
    expect(await session.settle()).toEqual(['close NO_RESPONSE'])
    const text = 'Cannot answer with replaceMessage in listen 8000: the replacement is nothing'
    expect(session.proxy.log.messages('error')).toEqual([text])
  })

  test('answers a request once when it has a replacement', () => {
    const answer = new Message({ status: 204 })
    for (const replacement of [answer, [null, answer], () => [answer, null], () => [undefined, answer]]) {
      const session = new ProxyUnderTest([replaceMessage(replacement)]).open(true)
      expect(session.feed(new Message({ path: '/' })).take()).toEqual(['start 204', 'end'])
    }
  })
})
