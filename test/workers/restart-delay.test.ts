import { expect, test } from 'vitest'
import { RestartDelay } from '../../adapters/node/workers/restart-delay.ts'

test('RestartDelay starts a worker again at once, and waits twice as long each time that it dies soon after, up to ten seconds', () => {
  const delay = new RestartDelay()
  const delays = Array.from({ length: 10 }, () => delay.afterLifeOf(50))
  expect(delays).toEqual([0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
})

test('RestartDelay begins anew after a worker that has run for ten seconds', () => {
  const delay = new RestartDelay()
  expect([delay.afterLifeOf(0), delay.afterLifeOf(9999), delay.afterLifeOf(0)]).toEqual([0, 100, 200])
  expect([delay.afterLifeOf(10_000), delay.afterLifeOf(0)]).toEqual([0, 100])
})
