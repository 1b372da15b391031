import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { pack } from '../../src/filters/pack.ts'
import { LIMITS } from '../../src/limits.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('pack', () => pack(1, { timeoutMs: 100 }), { begin: [new Message({ path: '/' }), new MessageStart(), 'x'] })
filterCases('pack with a time-out', () => pack(5, { timeoutMs: 100 }), {
  passes: ['raw', new Data(), new MessageEnd()],
  begin: [new Message({ path: '/' })],
})

const message = (text: string): Message => new Message({ path: `/${text}` }, text, { digest: text })

describe('pack', () => {
  test('makes one message of several: the first head, all bodies, the last tail', () => {
    const session = runPipeline([pack(3)]).feed(message('a'), message('b'))
    expect(session.take()).toEqual([])
    session.feed(message('c'), message('d'))
    expect(session.take()).toEqual(['start GET /a', 'data "abc"', 'end {"digest":"c"}'])
  })

  test('joins the body of each message when no count is said', () => {
    const session = runPipeline([pack()]).feed(new MessageStart(), 'one ', 'two', new MessageEnd())
    expect(session.take()).toEqual(['start', 'data "one two"', 'end'])
  })

  test('takes the length, which no longer holds, out of the head', () => {
    const head = { headers: { 'content-length': '1' } }
    const session = runPipeline([pack(2)]).feed(new Message(head, 'a'), new Message(head, 'b'))
    expect((session.output[0] as MessageStart).head.headers).not.toHaveProperty('content-length')
  })

  test('outputs what is complete when the stream ends', () => {
    const session = runPipeline([pack(5)]).feed(message('a'), message('b'), new MessageStart(), 'cut', new StreamEnd())
    expect(session.take()).toEqual(['start GET /a', 'data "ab"', 'end {"digest":"b"}', 'close'])
  })

  test('outputs what there is when no message has ended for timeoutMs', async () => {
    const session = runPipeline([pack(5, { timeoutMs: 100 })]).feed(message('a'))
    const { transport } = session.proxy
    await transport.advance(60)
    session.feed(message('b'))
    await transport.advance(60)
    expect(session.take()).toEqual([])
    await transport.advance(40)
    expect(session.take()).toEqual(['start GET /a', 'data "ab"', 'end {"digest":"b"}'])
    expect(transport.timerCount).toBe(0)
    session.feed(message('c'))
    await transport.advance(100)
    expect(session.take()).toEqual(['start GET /c', 'data "c"', 'end {"digest":"c"}'])
  })

  test('sets no clock for a message that is complete', () => {
    const session = runPipeline([pack(2, { timeoutMs: 100 })]).feed(message('a'))
    expect(session.proxy.transport.timerCount).toBe(1)
    session.feed(message('b'))
    expect(session.proxy.transport.timerCount).toBe(0)
  })

  test('does not cut a message that is under way when the time is over', async () => {
    const session = runPipeline([pack(5, { timeoutMs: 100 })]).feed(message('a'), new MessageStart(), 'x')
    await session.proxy.transport.advance(200)
    expect(session.take()).toEqual([])
    session.feed(new MessageEnd())
    await session.proxy.transport.advance(100)
    expect(session.take()).toEqual(['start GET /a', 'data "ax"', 'end'])
  })

  test('fails with BODY_TOO_LARGE when the bodies are longer than the limit', () => {
    const session = runPipeline([pack(2)]).feed(message('a'), new Message(undefined, new Data(LIMITS.maxBodyBytes)))
    expect(session.take()).toEqual(['close BODY_TOO_LARGE'])
  })

  test('refuses a count and options that are out of range', () => {
    expect(() => pack(0)).toThrow('Cannot configure pack: count must be a number from 1 up, got 0')
    expect(() => pack(1, { timeoutMs: -1 })).toThrow('timeoutMs must be a number from 0 up, got -1')
    expect(() => pack(1, { vacancy: -1 })).toThrow('vacancy must be a number from 0 up, got -1')
  })
})
