import { describe, expect, test } from 'vitest'
import { Data, Message, MessageEnd, MessageStart, StreamEnd } from '../../src/events.ts'
import type { FilterRecipe } from '../../src/engine/filter-recipe.ts'
import { handleMessage } from '../../src/filters/handle-message.ts'
import { merge } from '../../src/filters/merge.ts'
import { LIMITS } from '../../src/limits.ts'
import { ManualFilter } from '../support/manual-filter.ts'
import { ProxyUnderTest } from '../support/run-pipeline.ts'
import { filterCases } from './filter.cases.ts'

filterCases('merge', (pipeline) => merge(pipeline), { begin: [new Message({ path: '/' })] })

const message = (text: string): Message => new Message({ path: `/${text}` }, text)

function createProxy(recipe: FilterRecipe = merge('shared')): { proxy: ProxyUnderTest; shared: ManualFilter } {
  const shared = new ManualFilter()
  return { proxy: new ProxyUnderTest([recipe], { pipelines: { shared: [shared.recipe] } }), shared }
}

describe('merge', () => {
  test('passes its events on as they come, and sends a copy of each whole message into the shared pipeline', () => {
    const { proxy, shared } = createProxy()
    const [a, b] = [proxy.open(), proxy.open()]
    a.feed(new MessageStart({ path: '/a' }), 'x')
    expect([a.take(), shared.sessions]).toEqual([['start GET /a', 'data "x"'], []])
    b.feed(message('b'))
    a.feed(new MessageEnd())
    expect(shared.session(0).take()).toEqual(['start GET /b', 'data "b"', 'end', 'start GET /a', 'data "x"', 'end'])
    expect([a.take(), b.take()]).toEqual([['end'], ['start GET /b', 'data "b"', 'end']])
  })

  test('drops what the shared pipeline outputs, and replaces one that has ended', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(message('a'))
    session.take()
    shared.session(0).emit(new MessageStart(), new Data('x'), new MessageEnd(), new StreamEnd())
    expect([session.take(), shared.session(0).closeCount]).toEqual([[], 1])
    session.feed(message('b'))
    expect(shared.session(1).take().length).toBe(3)
  })

  test('outlives the sessions, until it is idle', async () => {
    const { proxy, shared } = createProxy(merge('shared', 'key', { maxIdleMs: 1000 }))
    proxy.open().feed(message('a'), new StreamEnd()).close()
    expect([shared.session(0).take().length, shared.session(0).closeCount]).toEqual([3, 0])
    await proxy.transport.advance(2000)
    expect([shared.session(0).take(), shared.session(0).closeCount]).toEqual([['close'], 1])
  })

  test('counts the idle time from the last message', async () => {
    const { proxy, shared } = createProxy(merge('shared', 'key', { maxIdleMs: 1000 }))
    const session = proxy.open().feed(message('a'))
    await proxy.transport.advance(900)
    session.feed(message('b'))
    await proxy.transport.advance(900)
    expect(shared.session(0).closeCount).toBe(0)
    await proxy.transport.advance(1000)
    expect(shared.session(0).closeCount).toBe(1)
  })

  test('leaves a message out whose body is too long, and passes it on', () => {
    const { proxy, shared } = createProxy()
    const session = proxy.open().feed(new MessageStart(), new Data(LIMITS.maxBodyBytes), 'x', 'y', new MessageEnd())
    session.feed(message('b'))
    expect(session.output.length).toBe(8)
    expect(shared.session(0).take()).toEqual(['start GET /b', 'data "b"', 'end'])
    expect(proxy.log.messages('error')).toHaveLength(1)
    expect(proxy.log.messages('error')[0]).toContain('Leaving a message out of merge in listen 8000: Cannot collect')
  })

  test('leaves a message out while too many wait, and passes it on', () => {
    const { proxy, shared } = createProxy(merge('shared', '', { maxQueue: 1 }))
    const session = proxy.open().feed(message('a'))
    shared.session(0).prev.pause()
    session.feed(message('b'), message('c'))
    expect([session.output.length, proxy.log.messages('error').length]).toEqual([9, 1])
    shared.session(0).prev.resume()
    expect(
      shared
        .session(0)
        .take()
        .filter((event) => event.startsWith('start')),
    ).toEqual(['start GET /a', 'start GET /b'])
  })

  test('is not hurt by what fails in the shared pipeline', () => {
    const failing = handleMessage(() => {
      throw new Error('no')
    })
    const proxy = new ProxyUnderTest([merge('shared')], { pipelines: { shared: [failing] } })
    const session = proxy.open().feed(message('a'), message('b'))
    expect([session.take().length, proxy.log.messages('error').length]).toEqual([6, 2])
  })

  test('waits for a key that is a promise before the message ends', async () => {
    const { proxy, shared } = createProxy(merge('shared', () => Promise.resolve('k')))
    const session = proxy.open().feed(message('a'))
    expect([session.take(), shared.sessions]).toEqual([['start GET /a', 'data "a"'], []])
    expect(await session.settle()).toEqual(['end'])
    expect(shared.session(0).take().length).toBe(3)
  })

  test('refuses options that are out of range', () => {
    expect(() => merge('shared', '', { maxIdleMs: -1 })).toThrow('Cannot configure merge: maxIdleMs must be')
  })
})
