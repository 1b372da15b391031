import { describe, expect, test } from 'vitest'
import { DispatchLimit } from '../../src/fetch/dispatch-limit.ts'

interface Action {
  readonly name: number
  readonly settle: () => void
}

describe('DispatchLimit', () => {
  function startAll(limit: DispatchLimit, count: number) {
    const running: Action[] = []
    const results = Array.from({ length: count }, (_, name) =>
      limit.run(() => new Promise<number>((resolve) => running.push({ name, settle: () => resolve(name) }))),
    )
    return { running, results }
  }

  test('runs no more than its number at once, and the others in the order in which they came', async () => {
    const limit = new DispatchLimit(6)
    const { running, results } = startAll(limit, 9)
    await expect.poll(() => running.length).toBe(6)
    expect([limit.running, limit.waiting]).toEqual([6, 3])
    running[3]?.settle()
    await expect.poll(() => running.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5, 6])
    running[0]?.settle()
    running[1]?.settle()
    await expect.poll(() => running.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    for (const { settle } of running) settle()
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect([limit.running, limit.waiting]).toEqual([0, 0])
  })

  test('gives the turn on when an action fails', async () => {
    const limit = new DispatchLimit(1)
    const failed = limit.run(() => Promise.reject(new Error('lost')))
    const next = limit.run(async () => 'done')
    await expect(failed).rejects.toThrow('lost')
    expect(await next).toBe('done')
  })

  test('lets one leave the queue whose signal aborts', async () => {
    const limit = new DispatchLimit(1)
    const abort = new AbortController()
    const { running } = startAll(limit, 1)
    const left = limit.run(
      async () => 'never',
      () => abort.signal,
    )
    const next = limit.run(async () => 'next')
    await expect.poll(() => limit.waiting).toBe(2)
    abort.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    expect(limit.waiting).toBe(1)
    running[0]?.settle()
    expect(await next).toBe('next')
  })

  test('refuses when too many wait', async () => {
    const limit = new DispatchLimit(0)
    const abort = new AbortController()
    const waiting = Array.from({ length: 1024 }, () =>
      limit.run(
        async () => 1,
        () => abort.signal,
      ),
    )
    await expect(limit.run(async () => 1)).rejects.toMatchObject({ code: 'QUEUE_FULL' })
    abort.abort(new Error('enough'))
    await Promise.allSettled(waiting)
  })
})
