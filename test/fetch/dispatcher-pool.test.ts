import { describe, expect, test } from 'vitest'
import { DispatcherPool } from '../../src/fetch/dispatcher-pool.ts'

const answer = async (): Promise<Response> => new Response('answer')

describe('DispatcherPool', () => {
  test('hands out the dispatcher that has been free longest, or a new one', () => {
    const pool = new DispatcherPool({ now: () => 0 })
    const [first, second] = [pool.take('http://a:1', 'fetch', answer), pool.take('http://a:1', 'fetch', answer)]
    expect(first.resource).not.toBe(second.resource)
    pool.giveBack(second)
    pool.giveBack(first)
    expect(pool.take('http://a:1', 'fetch', answer)).toBe(second)
    expect(pool.take('http://b:1', 'fetch', answer).resource).toBe(3)
    expect(pool.take('http://a:1', 'fetch', answer)).toBe(first)
  })

  test('counts uses, errors and time per target', () => {
    let now = 0
    const pool = new DispatcherPool({ now: () => now })
    const first = pool.take('http://a:1', 'fetch', answer)
    pool.take('http://a:1', 'fetch', answer)
    now = 30
    pool.giveBack(first)
    pool.take('http://a:1', 'fetch', answer)
    now = 42
    pool.giveBack(first, true)
    expect(pool.statistics()).toEqual([
      {
        target: 'http://a:1',
        kind: 'fetch',
        open: 2,
        idle: 1,
        busy: 1,
        created: 2,
        reused: 1,
        requests: 3,
        errors: 1,
        totalMs: 42,
        lastMs: 12,
      },
    ])
    expect(first).toMatchObject({ requests: 2, errors: 1, totalMs: 42, lastMs: 12, isBusy: false })
  })

  test('takes each use back once', () => {
    const pool = new DispatcherPool({ now: () => 0 })
    const dispatcher = pool.take('http://a:1', 'fetch', answer)
    pool.giveBack(dispatcher)
    pool.giveBack(dispatcher, true)
    pool.drop(dispatcher)
    expect(pool.statistics()).toMatchObject([{ idle: 1, busy: 0, errors: 0 }])
  })

  test('uses none again that was free for too long', () => {
    let now = 0
    const pool = new DispatcherPool({ now: () => now, maxIdleMs: 10 })
    const dispatcher = pool.take('http://a:1', 'fetch', answer)
    pool.giveBack(dispatcher)
    now = 10
    expect(pool.take('http://a:1', 'fetch', answer)).toBe(dispatcher)
    pool.giveBack(dispatcher)
    now = 21
    expect(pool.statistics()).toMatchObject([{ open: 0, idle: 0, created: 1 }])
    expect(pool.take('http://a:1', 'fetch', answer)).not.toBe(dispatcher)
  })

  test('keeps no more free ones than it may', () => {
    const pool = new DispatcherPool({ now: () => 0, maxIdle: 2 })
    const taken = [1, 2, 3].map(() => pool.take('http://a:1', 'fetch', answer))
    for (const dispatcher of taken) pool.giveBack(dispatcher)
    expect(pool.statistics()).toMatchObject([{ open: 2, idle: 2, created: 3 }])
    expect(pool.take('http://a:1', 'fetch', answer)).toBe(taken[1])
  })

  test('drops what is of no more use', () => {
    const pool = new DispatcherPool({ now: () => 0 })
    pool.drop(pool.take('tcp://a:1', 'socket', answer), true)
    expect(pool.statistics()).toMatchObject([{ kind: 'socket', open: 0, idle: 0, busy: 0, created: 1, errors: 1 }])
  })

  test('forgets the target used longest ago that serves nobody when there are too many', () => {
    const pool = new DispatcherPool({ now: () => 0, maxTargets: 2 })
    const busy = pool.take('http://a:1', 'fetch', answer)
    pool.giveBack(pool.take('http://b:1', 'fetch', answer))
    pool.take('http://c:1', 'fetch', answer)
    expect(pool.statistics().map(({ target }) => target)).toEqual(['http://a:1', 'http://c:1'])
    pool.giveBack(busy)
    pool.take('http://d:1', 'fetch', answer)
    expect(pool.statistics().map(({ target }) => target)).toEqual(['http://c:1', 'http://d:1'])
  })

  test('keeps to its number of targets when all of them are busy', () => {
    const pool = new DispatcherPool({ now: () => 0, maxTargets: 2 })
    const first = pool.take('http://a:1', 'fetch', answer)
    pool.take('http://b:1', 'fetch', answer)
    pool.take('http://c:1', 'fetch', answer)
    pool.giveBack(first)
    expect([pool.statistics().map(({ target }) => target), first.isBusy]).toEqual([['http://b:1', 'http://c:1'], false])
  })

  test('lends a dispatcher what it sends with for one use', async () => {
    const pool = new DispatcherPool({ now: () => 0 })
    const dispatcher = pool.take('http://a:1', 'fetch', answer)
    expect(await (await dispatcher.dispatch(new Request('http://a:1/'))).text()).toBe('answer')
    pool.giveBack(dispatcher)
    await expect(dispatcher.dispatch(new Request('http://a:1/'))).rejects.toThrow('nobody has taken')
  })
})
