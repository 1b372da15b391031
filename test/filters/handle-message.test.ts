import { describe, expect, test } from 'vitest'
import { Filter } from '../../src/engine/filter.ts'
import { Data, type Event, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import { handleMessage } from '../../src/filters/handle-message.ts'
import { runPipeline } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('handleMessage', () => handleMessage(() => undefined), { begin: [new MessageStart(), 'begun'] })

describe('handleMessage', () => {
  test('calls back with the whole message before its end passes, and holds nothing else up', () => {
    const seen: Message[] = []
    const session = runPipeline([handleMessage((message) => void seen.push(message))])
    const head = { path: '/', headers: {} }
    session.feed(new MessageStart(head), 'one ', 'two')
    expect(session.take()).toEqual(['start GET /', 'data "one "', 'data "two"'])
    expect(seen).toEqual([])
    session.feed(new MessageEnd({ digest: 'x' }))
    expect(session.take()).toEqual(['end {"digest":"x"}'])
    expect(seen.map(({ body, tail }) => [body?.toString(), tail])).toEqual([['one two', { digest: 'x' }]])
    expect(seen[0]?.head).toBe(head)
  })

  test('gives an empty body to a message without one', () => {
    const sizes: unknown[] = []
    runPipeline([handleMessage(({ body }) => void sizes.push(body?.size))]).feed(new Message({ status: 204 }))
    expect(sizes).toEqual([0])
  })

  test('keeps one message apart from the next', () => {
    const bodies: unknown[] = []
    const session = runPipeline([handleMessage(({ body }) => void bodies.push(body?.toString()))])
    session.feed(new Message(undefined, 'one'), 'between', new Message(undefined, 'two'))
    expect(bodies).toEqual(['one', 'two'])
  })

  test('joins a body that comes in pieces of all sizes', () => {
    const bodies: (Uint8Array | undefined)[] = []
    const session = runPipeline([handleMessage(({ body }) => void bodies.push(body?.bytes))])
    const sizes = [1, 1, 5000, 3, 4096, 4095, 70_000, 1, 2, 65_536]
    const parts = sizes.map((size, i) => new Uint8Array(size).fill(i + 1))
    session.feed(new MessageStart(), ...parts.map((part) => new Data(part)), new MessageEnd())
    expect(bodies[0]).toEqual(new Uint8Array(parts.flatMap((part) => [...part])))
  })

  test('does not let what takes the bytes off an event change the body that it collects', () => {
    const bodies: unknown[] = []
    const session = runPipeline([
      handleMessage(({ body }) => void bodies.push(body?.size)),
      { name: 'taker', bind: () => (pipeline) => new Taker(pipeline) },
    ])
    session.feed(new MessageStart(), new Data(new Uint8Array(9000)), new MessageEnd())
    expect(bodies).toEqual([9000])
  })

  test('cuts the body off in its own copy beyond maxBodyBytes, with one error in the log', () => {
    const bodies: unknown[] = []
    const session = runPipeline([handleMessage(({ body }) => void bodies.push(body?.toString()), { maxBodyBytes: 5 })])
    session.feed(new MessageStart(), '1234', '5678', '9', new MessageEnd(), new Message(undefined, '12345'))
    expect(bodies).toEqual(['12345', '12345'])
    expect(session.take().slice(0, 4)).toEqual(['start', 'data "1234"', 'data "5678"', 'data "9"'])
    expect(session.proxy.log.messages('error')).toEqual([
      'Cutting off the body that handleMessage in listen 8000 gets: Cannot collect the body of a message: it is longer than 5 bytes',
    ])
  })

  test('cuts a large piece of the body off as well', () => {
    const sizes: unknown[] = []
    const session = runPipeline([handleMessage(({ body }) => void sizes.push(body?.size), { maxBodyBytes: 5000 })])
    session.feed(
      new MessageStart(),
      new Data(9000),
      new MessageEnd(),
      new MessageStart(),
      new Data(5000),
      'x',
      new MessageEnd(),
    )
    expect(sizes).toEqual([5000, 5000])
  })

  test('forgets a message that never ended when the next one begins', () => {
    const bodies: unknown[] = []
    const session = runPipeline([handleMessage(({ body }) => void bodies.push(body?.toString()))])
    session.feed(new MessageStart(), 'aaa', 'b', new MessageStart(), 'x', new MessageEnd())
    expect(bodies).toEqual(['x'])
  })

  test('forgets a message that the stream ended in', () => {
    let calls = 0
    const session = runPipeline([handleMessage(() => void calls++)])
    session.feed(new MessageStart(), 'x', new StreamEnd(), new MessageEnd())
    expect(calls).toBe(0)
    expect(session.take()).toEqual(['start', 'data "x"', 'close', 'end'])
  })

  test('lets the end of the message wait for a promise', async () => {
    const session = runPipeline([handleMessage(() => Promise.resolve())]).feed(new Message(undefined, 'x'), 'y')
    expect(session.take()).toEqual(['start', 'data "x"'])
    expect(await session.settle()).toEqual(['end', 'data "y"'])
  })

  test('refuses a limit that is no number', () => {
    expect(() => handleMessage(() => undefined, { maxBodyBytes: '16k' as never })).toThrow(
      'Cannot configure handleMessage: maxBodyBytes must be a number from 0 up, got "16k"',
    )
  })
})

class Taker extends Filter {
  override process(event: Event): void {
    if (event.type === 'Data') event.shift(event.size)
  }
}
