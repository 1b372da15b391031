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

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('FlushQueue flushes once when the turn has read everything', async () => {
  const queue = new FlushQueue()
  const [one, two] = [recorder(), recorder()]
  queue.add(one)
  queue.add(two)
  await new Promise((resolve) => process.nextTick(resolve))
  expect([one.flushes, two.flushes]).toEqual([0, 0])
  await endOfTurn()
  expect([one.flushes, two.flushes]).toEqual([1, 1])
  await endOfTurn()
  expect([one.flushes, two.flushes]).toEqual([1, 1])
})

test('FlushQueue flushes in the order in which connections were added', async () => {
  const queue = new FlushQueue()
  const order: number[] = []
  for (const i of [1, 2, 3]) queue.add({ flush: () => order.push(i) })
  await endOfTurn()
  expect(order).toEqual([1, 2, 3])
})

test('FlushQueue flushes what a flush adds', async () => {
  const queue = new FlushQueue()
  const last = recorder()
  queue.add({ flush: () => queue.add(last) })
  await endOfTurn()
  await endOfTurn()
  expect(last.flushes).toBe(1)
})
