import { expect, test } from 'vitest'
import { type Flushable, FlushQueue } from '../../../adapters/node/flush-queue.ts'

function recorder(): Flushable & { flushes: number } {
  return {
    flushes: 0,
    flush() {
      this.flushes++
    },
  }
}

test('FlushQueue flushes when the outermost callback ends', () => {
  const queue = new FlushQueue()
  const connection = recorder()
  queue.enter()
  queue.add(connection)
  queue.enter()
  queue.leave()
  expect(connection.flushes).toBe(0)
  queue.leave()
  expect(connection.flushes).toBe(1)
  queue.enter()
  queue.leave()
  expect(connection.flushes).toBe(1)
})

test('FlushQueue flushes once when the turn ends what was added outside of a callback', async () => {
  const queue = new FlushQueue()
  const [one, two] = [recorder(), recorder()]
  queue.add(one)
  queue.add(two)
  expect(one.flushes).toBe(0)
  await new Promise((resolve) => process.nextTick(resolve))
  expect([one.flushes, two.flushes]).toEqual([1, 1])
})

test('FlushQueue flushes what a flush adds', () => {
  const queue = new FlushQueue()
  const last = recorder()
  queue.enter()
  queue.add({ flush: () => queue.add(last) })
  queue.leave()
  expect(last.flushes).toBe(1)
})
